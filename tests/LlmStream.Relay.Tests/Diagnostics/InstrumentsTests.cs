using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.Relay.Tests.Diagnostics;

/// <summary>Other tests record measurements at the same time, so that none is expected to be the only one.</summary>
public sealed class InstrumentsTests : IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, string Tags)> _measured = new();
    private readonly MeterListener _listener = new();

    public InstrumentsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "LlmStream.Relay") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _measured.Enqueue((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
    }

    [Fact]
    public async Task A_stream_is_counted_from_its_begin_to_its_end()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, _ => ScriptedAnswers.ToAsync([new ChatDelta { Text = "a" }]));
        await cluster.ReadAsync(lease.StreamId);
        foreach (string counter in new[] { "llmstream.relay.producers", "llmstream.relay.readers" })
        {
            Assert.Contains((counter, 1, ""), _measured);
            Assert.Contains((counter, -1, ""), _measured);
        }

        Assert.Contains(_measured, m => m is { Name: "llmstream.relay.records", Value: >= 1 });
        Assert.Contains(_measured, m => m is { Name: "llmstream.relay.record.size", Value: > 1 });
        Assert.Contains(_measured, m => m is { Name: "llmstream.relay.append.duration", Value: >= 0 });
        Assert.Contains(("llmstream.relay.ends", 1, "llmstream.relay.ending=complete"), _measured);
    }

    [Fact]
    public async Task Failures_of_the_store_takeovers_losses_and_gaps_are_counted()
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        ChatStreamLease lease = await cluster.BeginAsync();
        cluster.ExpireLeases();
        bool isFirst = true;
        cluster.First.OnCall = method =>
        {
            if (method != "TryTakeOverAsync" || !isFirst) return Fault.None;
            isFirst = false;
            return Fault.Before;
        };
        await clock.RunAsync(cluster.FirstNode.TryTakeOverAsync(lease.StreamId, lease.Epoch, _ => null));
        await cluster.ReadAsync("unknown");
        await cluster.ReadAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, 5));
        Assert.Contains(
            ("llmstream.relay.store.failures", 1, "error.type=System.IO.IOException llmstream.relay.store.repeated=True"), _measured);
        Assert.Contains(("llmstream.relay.takeovers", 1, "llmstream.relay.takeover=given_up"), _measured);
        Assert.Contains(("llmstream.relay.ends", 1, "llmstream.relay.ending=error error.type=ProducerLost"), _measured);
        Assert.Contains(("llmstream.relay.gaps", 1, "llmstream.relay.gap=not_found"), _measured);
        Assert.Contains(("llmstream.relay.gaps", 1, "llmstream.relay.gap=position_lost"), _measured);
    }

    [Fact]
    public async Task The_request_to_the_provider_is_a_child_of_the_activity_of_the_producer()
    {
        var stopped = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("LlmStream.Relay.Tests");
        using var listener = new ActivityListener
        {
            ShouldListenTo = listened => listened.Name is "LlmStream.Relay" or "LlmStream.Relay.Tests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, _ => AnswerAsync(source));
        Activity produce = Assert.Single(stopped, activity => lease.StreamId.Equals(activity.GetTagItem("llmstream.relay.stream.id")));
        Activity request = Assert.Single(stopped, activity => activity.OperationName == "chat");
        Assert.Equal("relay.produce", produce.OperationName);
        Assert.Equal("complete", produce.GetTagItem("llmstream.relay.ending"));
        Assert.Equal(produce.SpanId, request.ParentSpanId);

        static async IAsyncEnumerable<ChatDelta> AnswerAsync(ActivitySource source)
        {
            using Activity? activity = source.StartActivity("chat");
            await Task.Yield();
            yield return new ChatDelta { Text = "a" };
        }
    }

    public void Dispose() => _listener.Dispose();
}
