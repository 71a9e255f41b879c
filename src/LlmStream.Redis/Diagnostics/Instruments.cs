using System.Diagnostics;
using System.Diagnostics.Metrics;
using StackExchange.Redis;

namespace LlmStream.Redis.Diagnostics;

/// <summary>The meter of the store, named <c>LlmStream.Redis</c>.</summary>
internal static class Instruments
{
    public const string MeterName = "LlmStream.Redis";

    private static readonly Meter Meter = new(MeterName, typeof(Instruments).Assembly.GetName().Version?.ToString(3));
    private static readonly double[] DurationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

    private static Histogram<double> Duration { get; } = Meter.CreateHistogram(
        "llmstream.redis.operation.duration", "s", "Duration of the calls of the server, by operation and error.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });

    private static Counter<long> Pages { get; } = Meter.CreateCounter<long>(
        "llmstream.redis.pages", "{page}",
        "Pages that readers got, by where they came from: server, shared (a call that another reader made), or memory.");

    private static Counter<long> Signals { get; } = Meter.CreateCounter<long>(
        "llmstream.redis.signals", "{signal}", "Messages of streams that woke readers or producers of this node.");

    public static void Record(string operation, TimeSpan duration, Exception? failure)
    {
        if (!Duration.Enabled) return;
        var tags = new TagList { { "llmstream.operation", operation } };
        if (failure is not null) tags.Add("error.type", ErrorOf(failure));
        Duration.Record(duration.TotalSeconds, tags);
    }

    public static void PageRead(string source)
    {
        if (Pages.Enabled) Pages.Add(1, new KeyValuePair<string, object?>("llmstream.source", source));
    }

    public static void Signalled() => Signals.Add(1);

    private static string ErrorOf(Exception failure) => failure switch
    {
        OperationCanceledException => "cancelled",
        RedisTimeoutException or TimeoutException => "timeout",
        RedisConnectionException => "connection",
        RedisServerException => "server",
        _ => failure.GetType().Name,
    };
}
