using System.Diagnostics;

namespace LlmStream.Operators.Stages;

/// <summary>Measures characters and tokens per second over a sliding window.</summary>
/// <remarks>
/// Invariant: <c>_samples</c> holds the running totals at each time within the window, and <c>_base</c> is the latest sample before
/// the window (or the first of all), from which speed is measured. What arrives with the first sample does not count, because it is
/// unknown how long it took.
/// </remarks>
internal sealed class SpeedMeter(TimeSpan window)
{
    private readonly Queue<Sample> _samples = new();
    private Sample? _base;
    private Sample? _last;

    private sealed record Sample(TimeSpan Time, long Characters, long TokenUnits);

    public double? CharactersPerSecond => Seconds is { } seconds ? (_last!.Characters - _base!.Characters) / seconds : null;

    public double? TokensPerSecond => Seconds is { } seconds
        ? (_last!.TokenUnits - _base!.TokenUnits) / (double)TokenEstimate.UnitsPerToken / seconds
        : null;

    private double? Seconds => _base is not null && _last!.Time > _base.Time ? (_last.Time - _base.Time).TotalSeconds : null;

    public void Add(TimeSpan now, ChatDelta delta)
    {
        int characters = delta.Text.Length + delta.Reasoning.Length;
        long units = TokenEstimate.Units(delta.Text) + TokenEstimate.Units(delta.Reasoning);
        if (_base is null && characters == 0) return;
        _last = new Sample(now, (_last?.Characters ?? 0) + characters, (_last?.TokenUnits ?? 0) + units);
        _base ??= _last;
        _samples.Enqueue(_last);
        while (_samples.TryPeek(out Sample? oldest) && oldest.Time <= now - window) _base = _samples.Dequeue();
        Debug.Assert(_base.Time <= _last.Time, "Speed is measured from an earlier sample, or from the same one.");
    }
}
