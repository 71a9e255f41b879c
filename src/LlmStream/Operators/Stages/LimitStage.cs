using LlmStream.Operators.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators.Stages;

/// <summary>Ends a choice where its budget is spent.</summary>
internal sealed class LimitStage(LimitBudget budget) : TextStage
{
    private readonly LimitedText _text = new(budget);
    private readonly LimitedText? _reasoning = budget.CountsReasoning ? new LimitedText(budget) : null;
    private ChatDelta? _last;
    private bool _hasSeam;

    public override ChatDelta? Take(ChatDelta delta)
    {
        _last = delta;
        string? reasoning = delta.Reasoning;
        int reasoningOffset = delta.ReasoningOffset;
        bool isOver = false;
        if (_reasoning is not null && reasoning is not null)
        {
            _reasoning.MoveTo(delta.ReasoningOffset);
            reasoningOffset = _reasoning.Delivered;
            reasoning = _reasoning.Take(reasoning, delta.ReasoningOffset, out isOver);
        }

        int before = _text.Delivered;
        _text.MoveTo(delta.TextOffset);
        int offset = _text.Delivered;
        string text = isOver ? "" : _text.Take(delta.Text, delta.TextOffset, out isOver);

        bool hasEnded = delta.FinishReason is not null;
        _hasSeam |= delta.Seam is not null;
        // Behind a seam the provider counts the new request alone.
        if (!_hasSeam && delta.Usage?.OutputTokenCount is { } tokens) budget.Correct(tokens);
        IsOver = isOver || (budget.Remaining < 0 && !hasEnded);
        if (hasEnded || IsOver) text += _text.Release();
        // The thinking is over when the answer begins.
        if (hasEnded || IsOver || delta.Text.Length > 0) reasoning = JoinHeldReasoning(reasoning, ref reasoningOffset);

        if (text.Length == 0 && offset >= before && delta.IsTextOnly && !IsOver) return null;
        if (ReferenceEquals(text, delta.Text) && ReferenceEquals(reasoning, delta.Reasoning) && !IsOver) return delta;
        var result = new ChatDelta(delta) { Text = text, TextOffset = offset, Reasoning = reasoning, ReasoningOffset = reasoningOffset };
        return IsOver ? new ChatDelta(result) { FinishReason = ChatFinishReason.Length } : result;
    }

    public override ChatDelta? Rest()
    {
        if (_last is null) return null;
        int offset = _text.Delivered, reasoningOffset = 0;
        string text = _text.Release();
        string? reasoning = JoinHeldReasoning(null, ref reasoningOffset);
        if (text.Length == 0 && reasoning is null) return null;
        return new ChatDelta(_last.WithOnlyText(text, offset)) { Reasoning = reasoning, ReasoningOffset = reasoningOffset };
    }

    private string? JoinHeldReasoning(string? reasoning, ref int offset)
    {
        if (_reasoning is null) return reasoning;
        int delivered = _reasoning.Delivered;
        string held = _reasoning.Release();
        if (held.Length == 0) return reasoning;
        if (reasoning is null) offset = delivered;
        return reasoning + held;
    }
}
