using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>The token counts of several attempts.</summary>
internal static class AttemptAccounts
{
    /// <summary>The result with its attempts, and their counts as its own. What is unknown adds nothing.</summary>
    public static ChatStreamResult AddTo(ChatStreamResult result, IReadOnlyList<ChatAttempt> attempts) => new()
    {
        IsComplete = result.IsComplete,
        Choices = result.Choices,
        Stream = result.Stream,
        Attempts = attempts,
        Usage = Total(attempts),
    };

    /// <summary>The counts of all attempts together, or null where none is known.</summary>
    public static UsageDetails? Total(IReadOnlyList<ChatAttempt> attempts)
    {
        UsageDetails? total = null;
        foreach (ChatAttempt attempt in attempts)
        {
            if (attempt.Usage is { } usage) (total ??= new UsageDetails()).Add(usage);
        }

        return total;
    }
}
