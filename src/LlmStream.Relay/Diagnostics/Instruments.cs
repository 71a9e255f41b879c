using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmStream.Relay.Diagnostics;

/// <summary>The activity source and the meter of kept streams, both named <c>LlmStream.Relay</c>.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>name</term><description>what</description></listheader>
/// <item><term><c>relay.produce</c></term><description>
/// the activity of one producer; tags <c>llmstream.relay.stream.id</c>, <c>llmstream.relay.epoch</c>, <c>llmstream.relay.ending</c>. The
/// request to the provider is its child.
/// </description></item>
/// <item><term><c>llmstream.relay.producers</c></term><description>
/// up-down counter: streams that are being produced by this process
/// </description></item>
/// <item><term><c>llmstream.relay.readers</c></term><description>up-down counter: readers in this process</description></item>
/// <item><term><c>llmstream.relay.records</c>, <c>llmstream.relay.record.size</c></term><description>
/// counters: records that were appended, and their bytes
/// </description></item>
/// <item><term><c>llmstream.relay.append.duration</c></term><description>
/// histogram, in seconds: the time until the store acknowledged an append or an end, repetitions included
/// </description></item>
/// <item><term><c>llmstream.relay.ends</c></term><description>
/// counter: producers that ended; tag <c>llmstream.relay.ending</c>: <c>complete</c>, <c>error</c> (with <c>error.type</c>),
/// <c>canceled</c>, <c>handed_over</c>, <c>fenced</c>, <c>store_unavailable</c>
/// </description></item>
/// <item><term><c>llmstream.relay.takeovers</c></term><description>
/// counter: streams that were taken over; tag <c>llmstream.relay.takeover</c>: <c>continued</c>, <c>completed</c> (nothing was missing),
/// <c>given_up</c>
/// </description></item>
/// <item><term><c>llmstream.relay.store.failures</c></term><description>
/// counter: calls of the store that failed or took too long; tags <c>error.type</c>, and <c>llmstream.relay.store.repeated</c>: whether the
/// call was repeated
/// </description></item>
/// <item><term><c>llmstream.relay.gaps</c></term><description>
/// counter: readers that could not go on; tag <c>llmstream.relay.gap</c>: <c>not_found</c>, <c>position_lost</c>, <c>no_producer</c>
/// </description></item>
/// <item><term><c>llmstream.relay.losses</c></term><description>
/// counter: how often the store had lost records that it had acknowledged
/// </description></item>
/// </list>
/// </remarks>
internal static class Instruments
{
    private const string Name = "LlmStream.Relay";

    private static readonly ActivitySource Source = new(Name, typeof(Instruments).Assembly.GetName().Version?.ToString(3));
    private static readonly Meter Meter = new(Name, typeof(Instruments).Assembly.GetName().Version?.ToString(3));
    private static readonly double[] AppendBuckets =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    public static UpDownCounter<long> Producers { get; } = Meter.CreateUpDownCounter<long>(
        "llmstream.relay.producers", "{stream}", "Streams that are being produced by this process.");

    public static UpDownCounter<long> Readers { get; } = Meter.CreateUpDownCounter<long>(
        "llmstream.relay.readers", "{reader}", "Readers of kept streams in this process.");

    public static Counter<long> Records { get; } = Meter.CreateCounter<long>(
        "llmstream.relay.records", "{record}", "Records that were appended.");

    public static Counter<long> RecordSize { get; } = Meter.CreateCounter<long>(
        "llmstream.relay.record.size", "By", "Bytes of the records that were appended.");

    public static Histogram<double> AppendDuration { get; } = Meter.CreateHistogram(
        "llmstream.relay.append.duration", "s", "Time until the store acknowledged an append or an end, repetitions included.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = AppendBuckets });

    public static Counter<long> Losses { get; } = Meter.CreateCounter<long>(
        "llmstream.relay.losses", "{loss}", "How often the store had lost records that it had acknowledged.");

    private static readonly Counter<long> Ends = Meter.CreateCounter<long>(
        "llmstream.relay.ends", "{stream}", "Producers that ended.");

    private static readonly Counter<long> Takeovers = Meter.CreateCounter<long>(
        "llmstream.relay.takeovers", "{stream}", "Streams that were taken over from a producer that was gone.");

    private static readonly Counter<long> StoreFailures = Meter.CreateCounter<long>(
        "llmstream.relay.store.failures", "{call}", "Calls of the store that failed or took too long.");

    private static readonly Counter<long> Gaps = Meter.CreateCounter<long>(
        "llmstream.relay.gaps", "{reader}", "Readers that could not go on.");

    public static Activity? StartProducing(ChatStreamLease lease)
    {
        Activity? activity = Source.StartActivity("relay.produce", ActivityKind.Internal);
        activity?.SetTag("llmstream.relay.stream.id", lease.StreamId);
        activity?.SetTag("llmstream.relay.epoch", lease.Epoch);
        return activity;
    }

    public static void Ended(Activity? activity, ChatProducerResult result)
    {
        string ending = result.Ending switch
        {
            ChatProducerEnding.HandedOver => "handed_over",
            ChatProducerEnding.Fenced => "fenced",
            ChatProducerEnding.StoreUnavailable => "store_unavailable",
            ChatProducerEnding.Lost => "lost",
            _ => result.Verdict switch
            {
                ChatStreamVerdict.Complete => "complete",
                ChatStreamVerdict.Canceled => "canceled",
                _ => "error",
            },
        };
        var tags = new TagList { { "llmstream.relay.ending", ending } };
        activity?.SetTag("llmstream.relay.ending", ending);
        if (result.Exception is { } error)
        {
            string type = (error.InnerException as ChatStreamRelayException)?.Error.ToString() ?? error.Error.ToString();
            tags.Add("error.type", type);
            activity?.SetTag("error.type", type);
            activity?.SetStatus(ActivityStatusCode.Error, type);
        }

        Ends.Add(1, tags);
    }

    public static void TookOver(string how) => Takeovers.Add(1, new KeyValuePair<string, object?>("llmstream.relay.takeover", how));

    public static void StoreFailed(Exception exception, bool isRepeated)
    {
        if (!StoreFailures.Enabled) return;
        StoreFailures.Add(1, new("error.type", exception.GetType().FullName), new("llmstream.relay.store.repeated", isRepeated));
    }

    public static void Gap(string gap) => Gaps.Add(1, new KeyValuePair<string, object?>("llmstream.relay.gap", gap));
}
