using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One attempt of a request: how it ended and what it cost. Immutable.</summary>
public sealed record ChatAttempt
{
    /// <summary>The number of the attempt, from 1, in the order in which the requests were sent.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// The name of the provider that the request was sent to (<see cref="LlmProvider.Name"/>); <see langword="null"/> if it is unknown.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>The model that the request named, or <see langword="null"/>. <see cref="ChatStreamInfo.Model"/> is the one that answered.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Whether the request was sent because an earlier one had not been answered in time (<see cref="LlmStreamOptions.HedgeAfter"/>).
    /// </summary>
    public bool IsHedge { get; init; }

    /// <summary>
    /// Whether the client cancelled the request before any of its answer was delivered: another one was answered sooner
    /// (<see cref="LlmStreamOptions.HedgeAfter"/>), or the caller cancelled. What it cost is unknown; the provider may bill it.
    /// </summary>
    public bool IsCanceled { get; init; }

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
        foreach (ChatAttempt attempt in attempts) total = Sum(total, attempt.Usage);
        return total;
    }

    /// <summary>The sum of two attempts. Null is unknown, and adds nothing.</summary>
    internal static UsageDetails? Sum(UsageDetails? first, UsageDetails? second)
    {
        if (first is null || second is null) return first ?? second;
        var sum = new UsageDetails();
        sum.Add(first);
        sum.Add(second);
        // An attempt that was cut off may have a count but no total, and the sum must not be less than its parts.
        if ((first.TotalTokenCount ?? second.TotalTokenCount) is not null)
            sum.TotalTokenCount = (KnownTotal(first) ?? 0) + (KnownTotal(second) ?? 0);
        return sum;

        static long? KnownTotal(UsageDetails usage) =>
            usage.TotalTokenCount ?? (usage.InputTokenCount is { } input ? input + (usage.OutputTokenCount ?? 0) : usage.OutputTokenCount);
    }
}
