using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmStream.AspNetCore.Tests.Diagnostics;

/// <summary>What the relay measures and traces.</summary>
internal sealed class RelayMeters : IDisposable
{
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();
    private long _active;

    public RelayMeters()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LlmStream.AspNetCore",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Activities.Enqueue,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "LlmStream.AspNetCore") listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            Assert.Equal("llmstream.relay.active_streams", instrument.Name);
            Interlocked.Add(ref _active, value);
        });
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Assert.Equal("llmstream.relay.stream.duration", instrument.Name);
            Assert.True(value >= 0);
            Durations.Enqueue(string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
        });
        _meters.Start();
    }

    public long Active => Interlocked.Read(ref _active);

    public ConcurrentQueue<Activity> Activities { get; } = new();

    /// <summary>The tags of each duration.</summary>
    public ConcurrentQueue<string> Durations { get; } = new();

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }
}
