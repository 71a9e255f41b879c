using System.Diagnostics;
using System.Runtime.CompilerServices;
using LlmStream.Answers.Templates;
using LlmStream.Chat;

namespace LlmStream.Answers;

/// <content>What is done at less cost for an event that matches a template and adds one piece.</content>
internal sealed partial class ChoiceBuilder
{
    private ChatStreamInfo? _info;
    private object? _origin; // of _info

    /// <summary>
    /// Whether a single piece may be added without <see cref="EndEvent"/>: no reasoning is held back, which others would end.
    /// </summary>
    public bool MayAppendSinglePiece => _reasoning.Text is not { IsUndecided: true };

    /// <summary>Adds one piece of text or reasoning, without pending changes, and creates the delta of it.</summary>
    /// <param name="kind">Which of the two.</param>
    /// <param name="bytes">Bytes that begin with the raw ones of a JSON string.</param>
    /// <param name="length">The length of the string.</param>
    /// <param name="escaped">Whether it contains a backslash.</param>
    /// <param name="info">What is known about the answer.</param>
    /// <returns>Null if the piece is held back.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // its callers would become so large that what they call is no longer inlined
    public ChatDelta? AppendSinglePiece(TemplateSlotKind kind, ReadOnlySpan<byte> bytes, int length, bool escaped, ChatStreamInfo info)
    {
        Debug.Assert(kind is TemplateSlotKind.Text or TemplateSlotKind.Reasoning, "Only texts have pieces");
        Debug.Assert(MayAppendSinglePiece, "The end of the event decides something");
        if (kind != TemplateSlotKind.Text) return AppendSingleReasoning(bytes[..length], escaped, info);
        GrowingText text = Text;
        int offset = text.Length;
        _order.AddText(offset);
        string? added = text.TryAppend(bytes, length, escaped);
        if (added is null)
        {
            if (!text.Append(bytes[..length], escaped, out TextPiece piece)) return null;
            (added, offset) = (piece.Text, piece.Offset);
        }

        HasBegun = true;
        IsReopened |= IsFinished;
        object origin = Index == 0 ? info : OriginOf(info);
        int reasoningOffset = _reasoning.Length;
        return _refusal.Text is null
            ? new ChatDelta(added, offset, reasoningOffset, origin)
            : new ChatDelta(added, offset, reasoningOffset, origin) { RefusalOffset = _refusal.Length };
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // as above
    private ChatDelta? AppendSingleReasoning(ReadOnlySpan<byte> raw, bool escaped, ChatStreamInfo info)
    {
        GrowingText reasoning = Reasoning;
        _order.AddReasoning(reasoning.Length);
        if (!reasoning.Append(raw, escaped, out TextPiece thought)) return null;
        HasBegun = true;
        IsReopened |= IsFinished;
        return new ChatDelta
        {
            TextOffset = _text.Length, Reasoning = thought.Text, ReasoningOffset = thought.Offset,
            RefusalOffset = _refusal.Length, Origin = OriginOf(info),
        };
    }

    /// <summary>Whether a fragment of this kind certainly adds its arguments to those of the latest call, and does nothing else.</summary>
    public bool Continues(ToolCallTarget target) => !IsFinished && _tools is not null && _tools.Continues(target);

    /// <summary>Adds arguments to the latest call, without pending changes, and creates the delta of them.</summary>
    /// <returns>Null if they are held back.</returns>
    public ChatDelta? AppendSingleArguments(ReadOnlySpan<byte> raw, bool escaped, ChatStreamInfo info)
    {
        Debug.Assert(MayAppendSinglePiece, "The end of the event decides something");
        if (_tools!.AppendToLatest(raw, escaped) is not { } fragment) return null;
        HasBegun = true;
        return new ChatDelta
        {
            OnlyToolCall = fragment, TextOffset = _text.Length, ReasoningOffset = _reasoning.Length, RefusalOffset = _refusal.Length,
            Origin = OriginOf(info),
        };
    }

    private object OriginOf(ChatStreamInfo info)
    {
        if (Index == 0) return info;
        if (!ReferenceEquals(info, _info)) (_info, _origin) = (info, DeltaOrigin.Create(Index, info));
        return _origin!;
    }
}
