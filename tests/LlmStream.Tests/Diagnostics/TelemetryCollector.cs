using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmStream.Tests.Diagnostics;

/// <summary>Collects the spans and the measurements of one provider. Other tests report at the same time.</summary>
internal sealed class TelemetryCollector : IDisposable
{
    private readonly ConcurrentQueue<Activity> _activities = new();
    private readonly ConcurrentQueue<Measurement> _measurements = new();
    private readonly ActivityListener _listener;
    private readonly MeterListener _meters = new();

    public TelemetryCollector()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LlmStream",
            Sample = Sample,
            ActivityStopped = activity =>
            {
                if (IsOwn(activity.GetTagItem("gen_ai.provider.name"))) _activities.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _meters.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name == "LlmStream") meters.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.Start();
    }

    /// <summary>The name of the provider.</summary>
    public string Provider { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>Spans with this name are not sampled.</summary>
    public string? Unsampled { get; init; }

    /// <summary>What the sampler saw of the spans of calls: their names, and their tags.</summary>
    public List<(string Name, Dictionary<string, object?> Tags)> Sampled { get; } = [];

    /// <summary>The span of the only call.</summary>
    public Activity Call => Assert.Single(_activities, activity => activity.Kind == ActivityKind.Client);

    /// <summary>The spans of attempts, in the order in which they ended.</summary>
    public IEnumerable<Activity> Attempts => _activities.Where(activity => activity.OperationName == "llmstream.attempt");

    public IEnumerable<Measurement> Named(string name) => _measurements.Where(measurement => measurement.Name == name);

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    private ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        Dictionary<string, object?> tags = options.Tags?.ToDictionary(tag => tag.Key, tag => tag.Value) ?? [];
        if (options.Kind == ActivityKind.Client && IsOwn(tags.GetValueOrDefault("gen_ai.provider.name"))) Sampled.Add((options.Name, tags));
        return options.Name == Unsampled ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllDataAndRecorded;
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> kept = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
        if (IsOwn(kept.GetValueOrDefault("gen_ai.provider.name")))
            _measurements.Enqueue(new Measurement(instrument.Name, value, kept, instrument.Meter));
    }

    private bool IsOwn(object? provider) => Provider.Equals(provider);

    public sealed record Measurement(string Name, double Value, IReadOnlyDictionary<string, object?> Tags, Meter Meter);
}
