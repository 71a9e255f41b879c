using System.Diagnostics;
using LlmStream.Chat;

namespace LlmStream.Operators.Stages;

/// <summary>Joins consecutive deltas of one choice into one.</summary>
/// <remarks>
/// At most one of the deltas may hold more than text and reasoning, and the joined delta is a copy of it, so that all its members
/// are kept. Several such deltas are joined only if all that they hold besides is tool calls.
/// </remarks>
internal sealed class DeltaBatch
{
    private OffsetText? _text;
    private OffsetText? _reasoning;
    private List<ToolCallDelta>? _toolCalls;
    private ChatDelta? _base;
    private ChatDelta? _last;
    private int _count;

    /// <summary>Adds a delta, unless it cannot be joined with those before it.</summary>
    public bool TryAdd(ChatDelta delta)
    {
        if (_base is null)
        {
            _text = new OffsetText(delta.TextOffset);
            _base = delta;
        }
        else
        {
            if (delta.Seam is not null) return false; // must stay on the first delta after the seam
            bool hasReasoning = delta.ReasoningChange is not null;
            if (delta.TextOffset > _text!.End || (hasReasoning && delta.ReasoningOffset > _reasoning?.End)) return false;
            if (_base.IsTextAndReasoningOnly)
            {
                _base = delta;
            }
            else if (!delta.IsTextAndReasoningOnly
                && !(delta.IsTextReasoningAndToolCallsOnly && _base.IsTextReasoningAndToolCallsOnly))
            {
                return false;
            }
        }

        _count++;
        _last = delta;
        _text!.Apply(delta.Text, delta.TextOffset);
        if (delta.ReasoningChange is not null)
            (_reasoning ??= new OffsetText(delta.ReasoningOffset)).Apply(delta.Reasoning, delta.ReasoningOffset);
        if (delta.ToolCalls.Count > 0) (_toolCalls ??= []).AddRange(delta.ToolCalls);
        return true;
    }

    /// <summary>The joined delta. At least one delta must have been added.</summary>
    public ChatDelta ToDelta()
    {
        Debug.Assert(_count > 0, "A batch holds at least one delta.");
        if (_count == 1) return _last!;
        return new ChatDelta(_base!)
        {
            Text = _text!.ToString(),
            TextOffset = _text.Start,
            ReasoningChange = _reasoning?.ToString(),
            ReasoningOffset = _reasoning?.Start ?? _last!.ReasoningOffset,
            ToolCalls = _toolCalls ?? (IReadOnlyList<ToolCallDelta>)[],
            Stream = _last!.Stream,
        };
    }
}
