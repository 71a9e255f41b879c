using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>
/// The usage of an answer for consumers that know only <see cref="UsageDetails"/>: its counts are what the provider reported, and what was
/// estimated, or is unknown, is in additional counts, which may be summed as well.
/// </summary>
internal static class BilledUsage
{
    public const string EstimatedInput = "estimated_input_tokens";
    public const string EstimatedOutput = "estimated_output_tokens";
    public const string UnknownInput = "unknown_input_attempts";
    public const string UnknownOutput = "unknown_output_attempts";

    /// <summary>Adds what was not reported.</summary>
    /// <param name="reported">What was, or null. It is not changed.</param>
    /// <param name="attempts">The attempts, or null.</param>
    /// <returns>Null if there is nothing.</returns>
    public static UsageDetails? Create(UsageDetails? reported, IReadOnlyList<ChatAttempt>? attempts)
    {
        var added = new AdditionalPropertiesDictionary<long>();
        foreach (ChatAttempt attempt in ChatAttempt.Billed(attempts ?? []))
        {
            Add(added, attempt.InputTokens, EstimatedInput, UnknownInput);
            Add(added, attempt.OutputTokens, EstimatedOutput, UnknownOutput);
        }

        if (added.Count == 0) return reported;
        var usage = new UsageDetails();
        if (reported is not null) usage.Add(reported);
        foreach ((string name, long count) in added) (usage.AdditionalCounts ??= [])[name] = count;
        return usage;
    }

    private static void Add(AdditionalPropertiesDictionary<long> counts, ChatTokenCount tokens, string estimated, string unknown)
    {
        if (tokens.Source == ChatTokenSource.Reported) return;
        string name = tokens.Source == ChatTokenSource.Estimated ? estimated : unknown;
        counts[name] = counts.GetValueOrDefault(name) + (tokens.Value ?? 1);
    }
}
