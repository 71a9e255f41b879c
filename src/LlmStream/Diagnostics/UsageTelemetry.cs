using System.Diagnostics;

namespace LlmStream.Diagnostics;

/// <summary>
/// Reports what the attempts of a call cost. Numbers that were reported, estimated and unknown are never mixed: the conventions define
/// <c>gen_ai.client.token.usage</c> as what the provider counted.
/// </summary>
internal static class UsageTelemetry
{
    /// <summary>Records metrics.</summary>
    /// <param name="attempts">The attempts.</param>
    /// <param name="tags">The tags of the call.</param>
    public static void Record(IReadOnlyList<ChatAttempt> attempts, TagList tags)
    {
        Record("input", attempts, attempt => attempt.InputTokens, tags);
        Record("output", attempts, attempt => attempt.OutputTokens, tags);
    }

    /// <summary>Adds tags to the span of the call.</summary>
    public static void AddTags(IReadOnlyList<ChatAttempt> attempts, Activity activity)
    {
        AddTags("input", attempts, attempt => attempt.InputTokens, activity);
        AddTags("output", attempts, attempt => attempt.OutputTokens, activity);
    }

    private static void Record(
        string type, IReadOnlyList<ChatAttempt> attempts, Func<ChatAttempt, ChatTokenCount> getTokens, TagList tags)
    {
        tags.Add("gen_ai.token.type", type);
        if (Sum(attempts, getTokens, ChatTokenSource.Reported) is { } reported) Instruments.TokenUsage.Record(reported, tags);
        if (Sum(attempts, getTokens, ChatTokenSource.Estimated) is > 0 and { } estimated)
            Instruments.EstimatedTokenUsage.Record(estimated, tags);
        if (CountUnknown(attempts, getTokens) is > 0 and var unknown) Instruments.UnknownTokenUsage.Add(unknown, tags);
    }

    private static void AddTags(
        string type, IReadOnlyList<ChatAttempt> attempts, Func<ChatAttempt, ChatTokenCount> getTokens, Activity activity)
    {
        if (Sum(attempts, getTokens, ChatTokenSource.Reported) is { } reported) activity.SetTag($"gen_ai.usage.{type}_tokens", reported);
        if (Sum(attempts, getTokens, ChatTokenSource.Estimated) is > 0 and { } estimated)
            activity.SetTag($"llmstream.usage.estimated_{type}_tokens", estimated);
        if (CountUnknown(attempts, getTokens) is > 0 and var unknown)
            activity.SetTag($"llmstream.usage.unknown_{type}_attempts", unknown);
    }

    /// <summary>The sum of the numbers from one source; null if there is none.</summary>
    private static long? Sum(
        IReadOnlyList<ChatAttempt> attempts, Func<ChatAttempt, ChatTokenCount> getTokens, ChatTokenSource source)
    {
        long? sum = null;
        foreach (ChatAttempt attempt in ChatAttempt.Billed(attempts))
        {
            if (getTokens(attempt) is var tokens && tokens.Source == source) sum = (sum ?? 0) + tokens.Value;
        }

        return sum;
    }

    private static int CountUnknown(IReadOnlyList<ChatAttempt> attempts, Func<ChatAttempt, ChatTokenCount> getTokens) =>
        ChatAttempt.Billed(attempts).Count(attempt => getTokens(attempt).Source == ChatTokenSource.Unknown);
}
