using System.Diagnostics;
using System.Text;

namespace LlmStream.Relay.Format;

/// <summary>
/// Merges consecutive deltas of one choice that extend the same text, the same reasoning or the same call. The order of text, reasoning
/// and calls is kept, and so is every member.
/// </summary>
internal sealed class DeltaMerger
{
    private StringBuilder? _text; // until something is merged
    private ChatDelta? _first;
    private Kind _kind;
    private int _end; // the offset at which the text ends
    private bool _isComplete; // the call
    private int _count;

    private enum Kind
    {
        /// <summary>Nothing may follow.</summary>
        Closed,
        Text,
        Reasoning,
        Arguments,
    }

    public bool IsEmpty => _first is null;

    /// <summary>Adds a delta.</summary>
    /// <returns>False if it cannot be merged with those before it.</returns>
    public bool TryAdd(ChatDelta delta)
    {
        if (_first is null)
        {
            _first = delta;
            _kind = KindOf(delta);
            _count = 1;
            _end = OffsetOf(delta, _kind) + TextOf(delta, _kind).Length;
            return true;
        }

        if (!Extends(delta)) return false;
        if (_count++ == 1) (_text ??= new StringBuilder()).Append(TextOf(_first, _kind));
        string text = TextOf(delta, _kind);
        _text!.Append(text);
        _end += text.Length;
        if (_kind == Kind.Arguments) _isComplete = delta.ToolCalls[0].IsComplete;
        if (_isComplete) _kind = Kind.Closed;
        return true;
    }

    /// <summary>Returns the merged delta. At least one must have been added.</summary>
    public ChatDelta Take()
    {
        Debug.Assert(_first is not null, "There is a delta.");
        ChatDelta merged = _count == 1 ? _first : Merge(_first);
        _text?.Clear();
        _first = null;
        _isComplete = false;
        return merged;
    }

    private static string TextOf(ChatDelta delta, Kind kind) => kind switch
    {
        Kind.Text => delta.Text,
        Kind.Reasoning => delta.Reasoning,
        Kind.Arguments => delta.ToolCalls[0].Arguments,
        _ => "",
    };

    private static int OffsetOf(ChatDelta delta, Kind kind) => kind switch
    {
        Kind.Text => delta.TextOffset,
        Kind.Reasoning => delta.ReasoningOffset,
        Kind.Arguments => delta.ToolCalls[0].ArgumentsOffset,
        _ => 0,
    };

    private static Kind KindOf(ChatDelta delta)
    {
        if (delta.FinishReason is not null || delta.Usage is not null || delta.RefusalChange is not null || delta.OtherContents.Count > 0)
            return Kind.Closed;
        return (delta.Text.Length > 0, delta.Reasoning.Length > 0, delta.ToolCalls) switch
        {
            (true, false, { Count: 0 }) => delta.ReasoningChange is null ? Kind.Text : Kind.Closed,
            (false, true, { Count: 0 }) => Kind.Reasoning,
            (false, false, [{ IsComplete: false }]) => delta.ReasoningChange is null ? Kind.Arguments : Kind.Closed,
            _ => Kind.Closed,
        };
    }

    private bool Extends(ChatDelta delta)
    {
        if (_kind == Kind.Closed || delta.ChoiceIndex != _first!.ChoiceIndex) return false;
        if (delta.Role is not null || delta.Seam is not null || delta.Raw is not null) return false;
        if (!ReferenceEquals(delta.Stream, _first.Stream) && delta.Stream != _first.Stream) return false;
        bool isLastFragment = _kind == Kind.Arguments && delta is { Text: "", ReasoningChange: null, RefusalChange: null }
            && delta is { FinishReason: null, Usage: null, OtherContents.Count: 0, ToolCalls: [{ IsComplete: true }] };
        if (KindOf(delta) != _kind && !isLastFragment) return false;
        if (_kind == Kind.Arguments)
        {
            ToolCallDelta fragment = delta.ToolCalls[0];
            if (fragment.Index != _first.ToolCalls[0].Index || fragment.Id is not null || fragment.Name is not null) return false;
        }

        return OffsetOf(delta, _kind) == _end;
    }

    private ChatDelta Merge(ChatDelta first)
    {
        string text = _text!.ToString();
        Kind kind = _isComplete ? Kind.Arguments : _kind;
        return kind switch
        {
            Kind.Text => new ChatDelta(first) { Text = text },
            Kind.Reasoning => new ChatDelta(first) { Reasoning = text },
            _ => new ChatDelta(first) { ToolCalls = [WithArguments(first.ToolCalls[0], text)] },
        };
    }

    private ToolCallDelta WithArguments(ToolCallDelta fragment, string arguments) => new()
    {
        Index = fragment.Index,
        Id = fragment.Id,
        Name = fragment.Name,
        Arguments = arguments,
        ArgumentsOffset = fragment.ArgumentsOffset,
        IsComplete = _isComplete,
    };
}
