using LlmStream.Operators.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators.Stages;

/// <summary>Ends a choice when its budget is spent.</summary>
internal sealed class LimitStage(LimitBudget budget) : TextStage
{
    private readonly TextLimiter _text = new(budget);
    private readonly TextLimiter? _reasoning = budget.CountsReasoning ? new TextLimiter(budget) : null;
    private ChatDelta? _last;
    private bool _wasResumed;

    public override ChatDelta? Process(ChatDelta delta)
    {
        _last = delta;
        string? reasoning = delta.ReasoningChange;
        int reasoningOffset = delta.ReasoningOffset;
        bool isOver = false;
        if (_reasoning is not null && reasoning is not null)
        {
            _reasoning.MoveTo(delta.ReasoningOffset);
            reasoningOffset = _reasoning.DeliveredEnd;
            reasoning = _reasoning.Add(reasoning, delta.ReasoningOffset, out isOver);
        }
        else if (_reasoning is not null)
        {
            reasoningOffset = _reasoning.DeliveredEnd;
        }

        int before = _text.DeliveredEnd;
        _text.MoveTo(delta.TextOffset);
        int offset = _text.DeliveredEnd;
        string text = isOver ? "" : _text.Add(delta.Text, delta.TextOffset, out isOver);

        bool isFinished = delta.FinishReason is not null;
        _wasResumed |= delta.Seam is not null;
        // After a seam the provider's count covers only the request that continues the answer.
        if (!_wasResumed && delta.Usage?.OutputTokenCount is { } tokens) budget.Correct(tokens);
        IsStopped = isOver || (budget.Remaining < 0 && !isFinished);
        if (isFinished || IsStopped) text += _text.Release();
        // The reasoning ends when the text begins.
        if (isFinished || IsStopped || delta.Text.Length > 0) reasoning = AppendHeldReasoning(reasoning, ref reasoningOffset);

        if (text.Length == 0 && offset >= before && delta.IsTextOnly && !IsStopped) return null;
        // Also a delta without text states where the text ends: before what is held back.
        bool isUnchanged = ReferenceEquals(text, delta.Text) && offset == delta.TextOffset
            && ReferenceEquals(reasoning, delta.ReasoningChange) && reasoningOffset == delta.ReasoningOffset;
        if (isUnchanged && !IsStopped) return delta;
        var result = new ChatDelta(delta)
        {
            Text = text, TextOffset = offset, ReasoningChange = reasoning, ReasoningOffset = reasoningOffset,
        };
        return IsStopped ? new ChatDelta(result) { FinishReason = ChatFinishReason.Length } : result;
    }

    public override ChatDelta? Flush()
    {
        if (_last is null) return null;
        int offset = _text.DeliveredEnd, reasoningOffset = 0;
        string text = _text.Release();
        string? reasoning = AppendHeldReasoning(null, ref reasoningOffset);
        if (text.Length == 0 && reasoning is null) return null;
        return new ChatDelta(_last.WithOnlyText(text, offset)) { ReasoningChange = reasoning, ReasoningOffset = reasoningOffset };
    }

    private string? AppendHeldReasoning(string? reasoning, ref int offset)
    {
        if (_reasoning is null) return reasoning;
        int delivered = _reasoning.DeliveredEnd;
        string held = _reasoning.Release();
        if (held.Length == 0) return reasoning;
        if (reasoning is null) offset = delivered;
        return reasoning + held;
    }
}
