using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmStream.Diagnostics;

/// <summary>
/// The activity source and the meter, both named <c>LlmStream</c>. Names, units and buckets follow OpenTelemetry's semantic
/// conventions for generative AI (opentelemetry.io/docs/specs/semconv/gen-ai).
/// </summary>
internal static class Instruments
{
    private const string Name = "LlmStream";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly double[] DurationBuckets =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    private static readonly double[] FirstChunkBuckets =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    private static readonly double[] ChunkBuckets = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5];
    private static readonly long[] TokenBuckets =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    public static Histogram<double> OperationDuration { get; } = CreateSeconds(
        "gen_ai.client.operation.duration", "Duration of a call, including all attempts.", DurationBuckets);

    public static Histogram<double> TimeToFirstChunk { get; } = CreateSeconds(
        "gen_ai.client.operation.time_to_first_chunk", "Time from the start of the call to the first delta.", FirstChunkBuckets);

    public static Histogram<double> TimePerOutputChunk { get; } = CreateSeconds(
        "gen_ai.client.operation.time_per_output_chunk", "Time from one delta to the next.", ChunkBuckets);

    public static Histogram<long> TokenUsage { get; } = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens spent, as reported by the provider.", tags: null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = TokenBuckets });

    /// <summary>A separate instrument, so that the sum of the previous one contains only reported tokens.</summary>
    public static Histogram<long> EstimatedTokenUsage { get; } = Meter.CreateHistogram(
        "llmstream.client.token.usage.estimated", "{token}", "Tokens spent that the provider did not report, as estimated by the client.",
        tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = TokenBuckets });

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

    public static Activity? StartActivity(LlmProvider provider)
    {
        Activity? activity = Source.StartActivity("chat", ActivityKind.Client);
        activity?.SetTag("gen_ai.operation.name", "chat");
        if (activity is not null) TagProvider(activity, provider);
        return activity;
    }

    public static void TagProvider(Activity activity, LlmProvider provider)
    {
        activity.SetTag("gen_ai.provider.name", provider.Name);
        activity.SetTag("server.address", provider.BaseAddress.Host);
        activity.SetTag("server.port", provider.BaseAddress.Port);
    }

    private static Histogram<double> CreateSeconds(string name, string description, double[] buckets) =>
        Meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}
