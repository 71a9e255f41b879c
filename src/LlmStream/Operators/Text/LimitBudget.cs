namespace LlmStream.Operators.Text;

/// <summary>How much of an answer is still allowed, and how it is measured.</summary>
internal abstract class LimitBudget
{
    /// <summary>Whether reasoning counts too.</summary>
    public virtual bool CountsReasoning => true;

    /// <summary>What is left. Negative if the provider's count shows that the budget has been exceeded.</summary>
    public abstract long Remaining { get; }

    /// <summary>
    /// The cost of the longest grapheme. If less remains, the last grapheme is held back until the next character arrives: it might
    /// grow beyond the budget.
    /// </summary>
    public virtual long Slack => Graphemes.MaxLength;

    /// <summary>The cost of a piece of text.</summary>
    public abstract long Cost(ReadOnlySpan<char> text);

    public abstract void Spend(long cost);

    /// <summary>The text continues at an offset other than its end: the server rewrote it.</summary>
    public virtual void MoveTo(int offset)
    {
    }

    /// <summary>The provider reported how many tokens it has generated.</summary>
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

/// <summary>A budget of tokens, estimated or counted by the caller's function.</summary>
internal sealed class TokenBudget(int max, Func<string, int>? count, Func<bool> isOnlyChoice) : LimitBudget
{
    private readonly int _unitsPerToken = count is null ? TokenEstimate.UnitsPerToken : 1;
    private long _spent;

    public override long Remaining => ((long)max * _unitsPerToken) - _spent;

    public override long Slack => count is null ? Graphemes.MaxLength * TokenEstimate.MaxUnitsPerChar : Graphemes.MaxLength;

    public override long Cost(ReadOnlySpan<char> text) =>
        text.IsEmpty ? 0 : count is null ? TokenEstimate.Units(text) : Math.Max(0, count(text.ToString()));

    public override void Spend(long cost) => _spent += cost;

    // The provider's count is the total of all choices, which says nothing about one of several.
    public override void Correct(long outputTokens)
    {
        if (isOnlyChoice()) _spent = outputTokens * _unitsPerToken;
    }
}
