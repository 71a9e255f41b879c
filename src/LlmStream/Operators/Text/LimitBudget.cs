namespace LlmStream.Operators.Text;

/// <summary>How much of an answer is still allowed, and how it is measured.</summary>
internal abstract class LimitBudget
{
    /// <summary>Whether what is thought before the answer counts.</summary>
    public virtual bool CountsReasoning => true;

    /// <summary>What is left. Negative once the provider's own count says that there was more than is allowed.</summary>
    public abstract long Remaining { get; }

    /// <summary>So near to the end of the budget the last grapheme waits for the next character: it might grow over the end.</summary>
    public virtual long Slack => Graphemes.MaxLength;

    /// <summary>The cost of a piece.</summary>
    public abstract long Cost(ReadOnlySpan<char> text);

    /// <summary>Takes a piece off the budget.</summary>
    public abstract void Spend(long cost);

    /// <summary>The text goes on elsewhere than where it ended: the server took some of it back.</summary>
    public virtual void MoveTo(int offset)
    {
    }

    /// <summary>The provider's own count has come.</summary>
    public virtual void Correct(long outputTokens)
    {
    }
}

/// <summary>A budget of UTF-16 code units of text.</summary>
internal sealed class CharacterBudget(int max) : LimitBudget
{
    private long _end;

    public override bool CountsReasoning => false;

    public override long Remaining => max - _end;

    public override long Cost(ReadOnlySpan<char> text) => text.Length;

    public override void Spend(long cost) => _end += cost;

    public override void MoveTo(int offset) => _end = offset;
}

/// <summary>A budget of tokens, which are estimated or counted by the caller's own function.</summary>
internal sealed class TokenBudget(int max, Func<string, int>? count, Func<bool> isOnlyChoice) : LimitBudget
{
    private readonly int _unitsPerToken = count is null ? TokenEstimate.UnitsPerToken : 1;
    private long _spent;

    public override long Remaining => ((long)max * _unitsPerToken) - _spent;

    public override long Slack => count is null ? Graphemes.MaxLength * TokenEstimate.MaxUnitsPerChar : Graphemes.MaxLength;

    public override long Cost(ReadOnlySpan<char> text) => text.IsEmpty ? 0 : count is null ? TokenEstimate.Units(text) : Math.Max(0, count(text.ToString()));

    public override void Spend(long cost) => _spent += cost;

    public override void Correct(long outputTokens)
    {
        if (isOnlyChoice()) _spent = outputTokens * _unitsPerToken; // the provider's count is of all choices together
    }
}
