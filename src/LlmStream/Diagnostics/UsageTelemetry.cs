using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;

namespace LlmStream.Diagnostics;

/// <summary>
/// Reports what the attempts of a call cost. Numbers that were reported, estimated and unknown are never mixed: the conventions define
/// the usage of tokens as what the provider counted, and as what it bills if that differs.
/// </summary>
internal static class UsageTelemetry
{
    // As the additional counts of an answer name them.
    private static readonly TokenKind Input = new(
        "input", attempt => attempt.InputTokens, "billed_input_tokens", "input_audio_tokens", Instruments.InputTokens);
    private static readonly TokenKind Output = new(
        "output", attempt => attempt.OutputTokens, "billed_output_tokens", "output_audio_tokens", Instruments.OutputTokens);

    /// <summary>Whether anything listens to one of the metrics.</summary>
    public static bool IsEnabled =>
        Input.Instruments.Usage.Enabled || Input.Instruments.PerOperation.Enabled || Output.Instruments.Usage.Enabled
        || Output.Instruments.PerOperation.Enabled || Instruments.CacheReadTokens.Enabled || Instruments.CacheWriteTokens.Enabled
        || Instruments.ReasoningTokens.Enabled || Instruments.EstimatedTokenUsage.Enabled || Instruments.UnknownTokenUsage.Enabled;

    /// <summary>Records metrics.</summary>
    /// <param name="attempts">The attempts.</param>
    /// <param name="isComplete">Whether the call ended with a complete answer.</param>
    /// <param name="tags">The tags of the call.</param>
    public static void Record(IReadOnlyList<ChatAttempt> attempts, bool isComplete, TagList tags)
    {
        Record(Input, attempts, isComplete, tags);
        Record(Output, attempts, isComplete, tags);
        Add(Instruments.CacheReadTokens, Sum(attempts, usage => usage.CachedInputTokenCount), tags);
        Add(Instruments.CacheWriteTokens, SumAdditional(attempts, "cache_creation_input_tokens"), tags);
        Add(Instruments.ReasoningTokens, Sum(attempts, usage => usage.ReasoningTokenCount), tags);
    }

    /// <summary>Adds tags to the span of the call.</summary>
    public static void AddTags(IReadOnlyList<ChatAttempt> attempts, Activity activity)
    {
        AddTags(Input, attempts, activity);
        AddTags(Output, attempts, activity);
        AddTag("cache_read.input", Sum(attempts, usage => usage.CachedInputTokenCount), activity);
        AddTag("cache_write.input", SumAdditional(attempts, "cache_creation_input_tokens"), activity);
        AddTag("reasoning.output", Sum(attempts, usage => usage.ReasoningTokenCount), activity);
    }

    private static void Record(TokenKind kind, IReadOnlyList<ChatAttempt> attempts, bool isComplete, TagList tags)
    {
        long? reported = Sum(attempts, kind, ChatTokenSource.Reported);
        // A call for which nothing was reported counts as well, with 0.
        long audio = Math.Min(SumAdditional(attempts, kind.Audio) ?? 0, reported ?? 0);
        if (audio > 0) Add(kind.Instruments.Usage, audio, tags, "audio");
        if (audio == 0 || reported > audio) Add(kind.Instruments.Usage, (reported ?? 0) - audio, tags);
        if (isComplete && reported is { } sum) kind.Instruments.PerOperation.Record(sum, tags);

        tags.Add("gen_ai.token.type", kind.Name);
        if (Sum(attempts, kind, ChatTokenSource.Estimated) is > 0 and { } estimated)
            Instruments.EstimatedTokenUsage.Record(estimated, tags);
        if (CountUnknown(attempts, kind) is > 0 and var unknown) Instruments.UnknownTokenUsage.Add(unknown, tags);
    }

    private static void Add(Counter<long> counter, long? tokens, TagList tags, string modality = "unknown")
    {
        if (tokens is not { } count) return;
        tags.Add("gen_ai.token.modality", modality);
        counter.Add(count, tags);
    }

    private static void AddTags(TokenKind kind, IReadOnlyList<ChatAttempt> attempts, Activity activity)
    {
        AddTag(kind.Name, Sum(attempts, kind, ChatTokenSource.Reported), activity);
        AddTag($"audio.{kind.Name}", SumAdditional(attempts, kind.Audio), activity);
        if (Sum(attempts, kind, ChatTokenSource.Estimated) is > 0 and { } estimated)
            activity.SetTag($"llmstream.usage.estimated_{kind.Name}_tokens", estimated);
        if (CountUnknown(attempts, kind) is > 0 and var unknown)
            activity.SetTag($"llmstream.usage.unknown_{kind.Name}_attempts", unknown);
    }

    private static void AddTag(string name, long? tokens, Activity activity)
    {
        if (tokens is not null) activity.SetTag($"gen_ai.usage.{name}_tokens", tokens);
    }

    /// <summary>The sum of the numbers from one source; null if there is none.</summary>
    private static long? Sum(IReadOnlyList<ChatAttempt> attempts, TokenKind kind, ChatTokenSource source)
    {
        long? sum = null;
        foreach (ChatAttempt attempt in ChatAttempt.Billed(attempts))
        {
            ChatTokenCount tokens = kind.GetTokens(attempt);
            if (tokens.Source != source) continue;
            long? billed = source == ChatTokenSource.Reported ? Additional(attempt.Usage, kind.Billed) : null;
            sum = (sum ?? 0) + (billed ?? tokens.Value);
        }

        return sum;
    }

    private static long? Sum(IReadOnlyList<ChatAttempt> attempts, Func<UsageDetails, long?> getCount)
    {
        long? sum = null;
        foreach (ChatAttempt attempt in ChatAttempt.Billed(attempts))
        {
            if (attempt.Usage is { } usage && getCount(usage) is { } count) sum = (sum ?? 0) + count;
        }

        return sum;
    }

    private static long? SumAdditional(IReadOnlyList<ChatAttempt> attempts, string name) =>
        Sum(attempts, usage => Additional(usage, name));

    private static long? Additional(UsageDetails? usage, string name) =>
        usage?.AdditionalCounts?.TryGetValue(name, out long count) is true ? count : null;

    private static int CountUnknown(IReadOnlyList<ChatAttempt> attempts, TokenKind kind) =>
        ChatAttempt.Billed(attempts).Count(attempt => kind.GetTokens(attempt).Source == ChatTokenSource.Unknown);

    /// <summary>Input or output.</summary>
    private sealed record TokenKind(
        string Name, Func<ChatAttempt, ChatTokenCount> GetTokens, string Billed, string Audio, TokenInstruments Instruments);
}
