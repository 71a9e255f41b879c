using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One attempt of a request: how it ended and what it cost. Immutable.</summary>
public sealed record ChatAttempt
{
    // Null: as the usage states it.
    private readonly ChatTokenCount? _inputTokens;
    private readonly ChatTokenCount? _outputTokens;

    /// <summary>The number of the attempt, from 1, in the order in which the requests were sent.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// The name of the provider that the request was sent to (<see cref="LlmProvider.Name"/>); <see langword="null"/> if it is unknown.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The model that the request named, or <see langword="null"/>. <see cref="ChatStreamInfo.Model"/> is the one that answered.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>
    /// Whether the request was sent because an earlier one had not been answered in time (<see cref="LlmStreamOptions.HedgeAfter"/>).
    /// </summary>
    public bool IsHedge { get; init; }

    /// <summary>
    /// Whether the client cancelled the request before any of its answer was delivered: another one was answered sooner
    /// (<see cref="LlmStreamOptions.HedgeAfter"/>), or the caller cancelled. The provider may bill it all the same.
    /// </summary>
    public bool IsCanceled { get; init; }

    /// <summary>
    /// The tokens that the attempt spent, as the provider last reported them; <see langword="null"/> if it did not, as when the attempt
    /// was cut off. A count that is null was not reported. Never an estimate; see <see cref="InputTokens"/> and
    /// <see cref="OutputTokens"/>.
    /// </summary>
    public UsageDetails? Usage { get; init; }

    /// <summary>
    /// The input tokens that the attempt spent: as <see cref="Usage"/> states them; else estimated from the request, or unknown if the
    /// request refers to something that the client does not have, such as an image or a conversation that the provider stores. 0 if the
    /// provider was not reached or refused the request.
    /// </summary>
    public ChatTokenCount InputTokens { get => _inputTokens ?? ChatTokenCount.InputOf(Usage); init => _inputTokens = value; }

    /// <summary>
    /// The output tokens that the attempt spent: as <see cref="Usage"/> states them; else estimated from what was received, so that
    /// reasoning that a provider does not show is not included. Also estimated if the attempt broke off after a count that is far too
    /// low, as providers send it before anything is generated. The limit on output tokens of the next attempt was reduced by this number.
    /// </summary>
    public ChatTokenCount OutputTokens { get => _outputTokens ?? ChatTokenCount.OutputOf(Usage); init => _outputTokens = value; }

    /// <summary>
    /// Whether the attempt replayed the answer of the attempt before it (<see cref="ChatContinuation.Replay"/>). A replay generates
    /// nothing: its tokens are those of both attempts, and in totals those of the attempt before it do not count.
    /// </summary>
    public bool IsReplay { get; init; }

    /// <summary>Whether <see cref="Usage"/> is final. The usage of an attempt that was cut off is a lower bound.</summary>
    public bool IsUsageFinal { get; init; }

    /// <summary>Why the attempt broke off; <see langword="null"/> if it did not.</summary>
    public ChatStreamError? Error { get; init; }

    /// <summary>
    /// The sum of the usage that was reported for all attempts, or null if none was. An attempt of unknown usage adds nothing.
    /// </summary>
    internal static UsageDetails? TotalUsage(IReadOnlyList<ChatAttempt> attempts)
    {
        UsageDetails? total = null;
        foreach (ChatAttempt attempt in Billed(attempts)) total = Sum(total, attempt.Usage);
        return total;
    }

    /// <summary>The input tokens of all attempts.</summary>
    internal static ChatTokenCount TotalInput(IReadOnlyList<ChatAttempt> attempts) => Total(attempts, attempt => attempt.InputTokens);

    /// <summary>The output tokens of all attempts.</summary>
    internal static ChatTokenCount TotalOutput(IReadOnlyList<ChatAttempt> attempts) => Total(attempts, attempt => attempt.OutputTokens);

    /// <summary>The attempts whose tokens are added up: of an answer and its replays only the last, which states those of all.</summary>
    internal static IEnumerable<ChatAttempt> Billed(IReadOnlyList<ChatAttempt> attempts) =>
        attempts.Count <= 1 ? attempts : attempts.Where((_, i) => i + 1 == attempts.Count || !attempts[i + 1].IsReplay);

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

    private static ChatTokenCount Total(IReadOnlyList<ChatAttempt> attempts, Func<ChatAttempt, ChatTokenCount> getTokens) =>
        attempts.Count == 0 ? default : Billed(attempts).Select(getTokens).Aggregate((sum, tokens) => sum + tokens);
}
