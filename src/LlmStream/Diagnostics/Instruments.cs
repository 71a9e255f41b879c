using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmStream.Diagnostics;

/// <summary>The activity source and the meter, both named <c>LlmStream</c>.</summary>
/// <remarks>
/// <para>Names, units and buckets that begin with <c>gen_ai</c> follow version 0.1.0 of OpenTelemetry's semantic conventions for generative
/// AI (github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/client-inference.md), which are in development.</para>
/// <list type="table">
/// <listheader><term>name</term><description>what</description></listheader>
/// <item><term><c>chat {model}</c></term><description>
/// the span of a call, with the tags of the conventions. Provider, model, server and settings are there when it starts. Also
/// <c>llmstream.outcome</c>: <c>complete</c>, <c>failed</c> (with <c>error.type</c>, a <see cref="ChatStreamError"/>), <c>canceled</c>,
/// <c>abandoned</c>; and <c>llmstream.wait.duration</c>. Events: <c>llmstream.retry</c>, <c>llmstream.resume</c>, <c>llmstream.seam</c>,
/// <c>llmstream.fallback</c>, <c>llmstream.hedge</c>. <c>fetch_response {model}</c> if the answer was generated for an earlier call.
/// </description></item>
/// <item><term><c>llmstream.attempt</c></term><description>the span of one attempt, a child of that of the call</description></item>
/// <item><term><c>gen_ai.client.inference.duration</c></term><description>
/// histogram, in seconds: as the span, with the time that the caller took between deltas. <c>gen_ai.client.operation.duration</c> if the
/// answer was fetched.
/// </description></item>
/// <item><term><c>llmstream.client.wait.duration</c></term><description>histogram, in seconds: without that time</description></item>
/// <item><term><c>gen_ai.client.inference.time_to_first_chunk</c>, <c>….time_per_output_chunk</c></term><description>
/// histograms, in seconds, without that time; a chunk is a delta
/// </description></item>
/// <item><term><c>gen_ai.client.inference.usage.*</c>, <c>gen_ai.client.inference.operation.*</c></term><description>
/// counters, and histograms of complete answers: tokens that the provider reported
/// </description></item>
/// <item><term><c>llmstream.client.token.usage.estimated</c>, <c>….unknown</c></term><description>
/// what it did not report; see <see cref="UsageTelemetry"/>
/// </description></item>
/// </list>
/// </remarks>
internal static class Instruments
{
    private const string Name = "LlmStream";

    // As model/manifest.yaml of the conventions declares it.
    private const string SchemaUrl = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev";

    private static readonly string? Version = typeof(Instruments).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource Source =
        new(new ActivitySourceOptions(Name) { Version = Version, TelemetrySchemaUrl = SchemaUrl });

    private static readonly Meter Meter = new(new MeterOptions(Name) { Version = Version, TelemetrySchemaUrl = SchemaUrl });
    private static readonly double[] DurationBuckets =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    private static readonly long[] TokenBuckets =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    public static Histogram<double> InferenceDuration { get; } = CreateSeconds(
        "gen_ai.client.inference.duration", "Duration of a call, including all attempts and the time that the caller took.");

    public static Histogram<double> OperationDuration { get; } = CreateSeconds(
        "gen_ai.client.operation.duration", "Duration of a call that generates nothing, including all attempts.");

    public static Histogram<double> WaitDuration { get; } = CreateSeconds(
        "llmstream.client.wait.duration", "Duration of a call, including all attempts, without the time that the caller took.");

    public static Histogram<double> TimeToFirstChunk { get; } = CreateSeconds(
        "gen_ai.client.inference.time_to_first_chunk", "Time from the start of the call to the first delta.");

    public static Histogram<double> TimePerOutputChunk { get; } = CreateSeconds(
        "gen_ai.client.inference.time_per_output_chunk", "Time from one delta to the next, without the time that the caller took.");

    public static TokenInstruments InputTokens { get; } = new(
        CreateTokenCounter("gen_ai.client.inference.usage.input_tokens", "Input tokens that were reported, including cached ones."),
        CreateTokenHistogram("gen_ai.client.inference.operation.input_tokens", "Input tokens of a complete answer, as reported."));

    public static TokenInstruments OutputTokens { get; } = new(
        CreateTokenCounter("gen_ai.client.inference.usage.output_tokens", "Output tokens that were reported, including reasoning."),
        CreateTokenHistogram("gen_ai.client.inference.operation.output_tokens", "Output tokens of a complete answer, as reported."));

    public static Counter<long> CacheReadTokens { get; } = CreateTokenCounter(
        "gen_ai.client.inference.usage.cache_read.input_tokens", "Input tokens that were read from a cache of the provider.");

    public static Counter<long> CacheWriteTokens { get; } = CreateTokenCounter(
        "gen_ai.client.inference.usage.cache_write.input_tokens", "Input tokens that were written to a cache of the provider.");

    public static Counter<long> ReasoningTokens { get; } = CreateTokenCounter(
        "gen_ai.client.inference.usage.reasoning.output_tokens", "Output tokens that were spent on reasoning.");

    /// <summary>A separate instrument, so that the sums of the previous ones contain only reported tokens.</summary>
    public static Histogram<long> EstimatedTokenUsage { get; } = CreateTokenHistogram(
        "llmstream.client.token.usage.estimated", "Tokens spent that the provider did not report, as estimated by the client.");

    public static Counter<long> UnknownTokenUsage { get; } = Meter.CreateCounter<long>(
        "llmstream.client.token.usage.unknown", "{attempt}", "Attempts whose tokens were neither reported nor could be estimated.");

    public static Counter<long> Retries { get; } = Meter.CreateCounter<long>(
        "llmstream.client.retries", "{retry}", "Requests that were sent again before the first delta.");

    public static Counter<long> Resumes { get; } = Meter.CreateCounter<long>(
        "llmstream.client.resumes", "{resume}", "Answers that broke off and were resumed.");

    public static Counter<long> Truncations { get; } = Meter.CreateCounter<long>(
        "llmstream.client.truncations", "{stream}", "Streams that ended without the signal of a complete answer.");

    public static Counter<long> Fallbacks { get; } = Meter.CreateCounter<long>(
        "llmstream.client.fallbacks", "{fallback}", "Requests and answers that another provider took over.");

    public static Counter<long> Hedges { get; } = Meter.CreateCounter<long>(
        "llmstream.client.hedges", "{hedge}", "Requests that were sent to a second provider, because the first had not answered in time.");

    /// <summary>Whether anybody listens to spans.</summary>
    public static bool IsTracing => Source.HasListeners();

    /// <summary>Starts the span of a call, with all that is known of it, so that samplers can decide by it.</summary>
    public static Activity? StartCall(LlmProvider provider, CallDescription call)
    {
        if (!Source.HasListeners()) return null;
        var tags = new List<KeyValuePair<string, object?>>(8 + call.Settings.Count) { new("gen_ai.operation.name", call.Operation) };
        tags.AddRange(TagsOf(provider));
        if (call.Model is not null) tags.Add(new("gen_ai.request.model", call.Model));
        if (call.IsInference) tags.Add(new("gen_ai.request.stream", true));
        tags.AddRange(call.Settings);
        return Source.StartActivity(ActivityKind.Client, tags: tags, name: SpanName(call, call.Model));
    }

    /// <summary>Starts the span of an attempt.</summary>
    public static Activity? StartAttempt(Activity call, LlmProvider provider, ChatAttempt attempt)
    {
        var tags = new List<KeyValuePair<string, object?>>(8) { new("llmstream.attempt", attempt.Number) };
        tags.AddRange(TagsOf(provider));
        if (attempt.Model is not null) tags.Add(new("gen_ai.request.model", attempt.Model));
        if (attempt.IsHedge) tags.Add(new("llmstream.attempt.hedge", true));
        return Source.StartActivity(ActivityKind.Internal, call.Context, tags, name: "llmstream.attempt");
    }

    /// <summary>The name of a provider, as the conventions have it.</summary>
    public static string NameOf(LlmProvider provider) => provider.TelemetryName ?? provider.Name;

    /// <summary>The tags that state the provider.</summary>
    public static KeyValuePair<string, object?>[] TagsOf(LlmProvider provider) =>
    [
        new("gen_ai.provider.name", NameOf(provider)),
        new("server.address", provider.BaseAddress.Host),
        new("server.port", provider.BaseAddress.Port),
    ];

    public static string SpanName(CallDescription call, string? model) => model is null ? call.Operation : $"{call.Operation} {model}";

    private static Histogram<double> CreateSeconds(string name, string description) =>
        Meter.CreateHistogram(
            name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });

    private static Counter<long> CreateTokenCounter(string name, string description) =>
        Meter.CreateCounter<long>(name, "{token}", description);

    private static Histogram<long> CreateTokenHistogram(string name, string description) =>
        Meter.CreateHistogram(
            name, "{token}", description, tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = TokenBuckets });
}
