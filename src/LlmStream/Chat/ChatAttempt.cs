using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One attempt of a request: how it ended and what it cost. Immutable.</summary>
public sealed record ChatAttempt
{
    /// <summary>The number of the attempt, from 1. Attempts of which nothing was delivered are counted but not listed.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// The tokens that the attempt spent, as the provider last reported them; <see langword="null"/> if it did not, as when the attempt
    /// was cut off. Never an estimate.
    /// </summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>
    /// How many output tokens an attempt that broke off is estimated to have generated, if the provider had not counted them;
    /// <see langword="null"/> if it had, or if the attempt did not break off. The limit on output tokens of the next attempt was reduced
    /// by this number. The estimate is at least one token for each delta, and otherwise 0.3 for each Latin character and 0.6 for each
    /// other one; it may be wrong by a third. Not part of <see cref="Usage"/>.
    /// </summary>
    public long? EstimatedOutputTokenCount { get; init; }

    /// <summary>Whether <see cref="Usage"/> is final. The usage of an attempt that was cut off is a lower bound.</summary>
    public bool IsUsageFinal { get; init; }

    /// <summary>Why the attempt broke off; <see langword="null"/> if it did not.</summary>
    public ChatStreamError? Error { get; init; }

    /// <summary>The sum of the usage of all attempts, or null if none is known. An attempt of unknown usage adds nothing.</summary>
    internal static UsageDetails? TotalUsage(IReadOnlyList<ChatAttempt> attempts)
    {
        UsageDetails? total = null;
        foreach (ChatAttempt attempt in attempts)
        {
            if (attempt.Usage is not { } usage) continue;
            if (attempts.Count == 1) return usage;
            (total ??= new UsageDetails()).Add(usage);
        }

        return total;
    }
}
