using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>What one sending of a request brought to an answer. Immutable.</summary>
public sealed record ChatAttempt
{
    /// <summary>Its number among the sendings of the request, from 1. Those that nothing came of are counted, and left out.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// The tokens that it spent, as the provider last stated them; <see langword="null"/> where it did not, as when the attempt was cut off.
    /// Nothing is estimated.
    /// </summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>Whether <see cref="Usage"/> is final. The count of an attempt that was cut off is a lower bound.</summary>
    public bool IsUsageFinal { get; init; }

    /// <summary>Why it broke off; <see langword="null"/> where it did not.</summary>
    public ChatStreamError? Error { get; init; }

    /// <summary>The counts of all attempts together, or null where none is known. What is unknown adds nothing.</summary>
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
