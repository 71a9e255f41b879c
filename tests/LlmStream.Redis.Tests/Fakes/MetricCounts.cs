using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LlmStream.Redis.Diagnostics;

namespace LlmStream.Redis.Tests.Fakes;

/// <summary>Counts the measurements of an instrument by the value of a tag. Other tests that run at the same time count too.</summary>
internal sealed class MetricCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public MetricCounts(string instrument, string tag)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == Instruments.MeterName && published.Name == instrument) listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Add(tag, tags, value));
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Add(tag, tags, 1));
        _listener.Start();
    }

    public long this[string value] => _counts.GetValueOrDefault(value);

    public void Dispose() => _listener.Dispose();

    private void Add(string tag, ReadOnlySpan<KeyValuePair<string, object?>> tags, long value)
    {
        foreach ((string name, object? text) in tags)
        {
            if (name == tag) _counts.AddOrUpdate((string)text!, value, (_, sum) => sum + value);
        }
    }
}
