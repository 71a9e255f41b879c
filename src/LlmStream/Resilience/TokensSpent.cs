using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>Counts the output tokens that the attempts of a call have generated, by which the limits of the next one are reduced.</summary>
internal sealed class TokensSpent(TokenCounter counter)
{
    private readonly List<long> _counts = [];

    /// <summary>The tokens of all attempts.</summary>
    public long Total => _counts.Sum();

    /// <summary>Adds an attempt that broke off.</summary>
    /// <param name="answer">The partial answer of the attempt; of a replay, with what it continues.</param>
    /// <param name="deltas">The number of deltas with text or reasoning.</param>
    /// <param name="isReplay">Whether it is a replay, which generates nothing that the attempt before it did not.</param>
    /// <returns>The tokens of the attempt.</returns>
    public ChatTokenCount Add(ChatStreamResult answer, long deltas, bool isReplay)
    {
        ChatTokenCount tokens = Count(counter, answer, deltas);
        long count = tokens.Value ?? 0;
        if (isReplay && _counts.Count > 0) _counts[^1] = Math.Max(_counts[^1], count);
        else _counts.Add(count);
        return tokens;
    }

    /// <summary>The output tokens of an attempt that broke off.</summary>
    public static ChatTokenCount Count(TokenCounter counter, ChatStreamResult answer, long deltas) =>
        Count(counter.CountOutput(answer), answer.Usage, deltas);

    /// <summary>The output tokens of an attempt that is being read.</summary>
    public static ChatTokenCount Count(TokenCounter counter, AnswerBuilder answer, long deltas) =>
        Count(counter.CountOutput(answer), answer.UsageSoFar, deltas);

    private static ChatTokenCount Count(long received, UsageDetails? usage, long deltas)
    {
        // Some providers report a few output tokens at the beginning, before any are generated, and the real number only at the end.
        if (usage?.OutputTokenCount is { } counted && counted * 2 >= received) return ChatTokenCount.Reported(counted);
        // A delta has at least one token; with most servers exactly one.
        return ChatTokenCount.Estimated(Math.Max(received, deltas));
    }
}
