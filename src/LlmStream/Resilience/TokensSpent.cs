namespace LlmStream.Resilience;

/// <summary>Counts the output tokens that the attempts of a call have generated, by which the limits of the next one are reduced.</summary>
internal sealed class TokensSpent
{
    private readonly List<long> _counts = [];

    /// <summary>The tokens of all attempts.</summary>
    public long Total => _counts.Sum();

    /// <summary>Adds an attempt that broke off.</summary>
    /// <param name="answer">The partial answer of the attempt; of a replay, with what it continues.</param>
    /// <param name="deltas">The number of deltas with text or reasoning.</param>
    /// <param name="isReplay">Whether it is a replay, which generates nothing that the attempt before it did not.</param>
    /// <returns>The estimate that was used because the provider had not counted them; null if it had.</returns>
    public long? Add(ChatStreamResult answer, long deltas, bool isReplay)
    {
        long fromText = Estimate(answer);
        long? counted = answer.Usage?.OutputTokenCount;
        // Some providers report a few output tokens at the beginning, before any are generated, and the real number only at the end.
        bool isCounted = counted * 2 >= fromText;
        // A delta has at least one token; with most servers exactly one.
        long count = isCounted ? counted!.Value : Math.Max(fromText, deltas);
        if (isReplay && _counts.Count > 0) _counts[^1] = Math.Max(_counts[^1], count);
        else _counts.Add(count);
        return isCounted ? null : count;
    }

    private static long Estimate(ChatStreamResult answer)
    {
        long units = 0;
        foreach (ChatChoice choice in answer.Choices)
            units += TokenEstimate.Units(choice.Text) + TokenEstimate.Units(choice.Reasoning) + TokenEstimate.Units(choice.Refusal);
        return (units + TokenEstimate.UnitsPerToken - 1) / TokenEstimate.UnitsPerToken;
    }
}
