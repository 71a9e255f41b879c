namespace LlmStream.Diagnostics;

/// <summary>Measures how long the caller waited for an answer, without the time that the caller took between deltas.</summary>
/// <param name="time">The clock.</param>
/// <param name="isEnabled">Whether anybody wants to know it. If not, nothing is measured.</param>
internal struct WaitClock(TimeProvider time, bool isEnabled)
{
    private TimeSpan _ended;
    private long _start;
    private bool _isWaiting;

    public readonly bool IsEnabled => isEnabled;

    /// <summary>The sum of all waits, including the current one.</summary>
    public readonly TimeSpan Elapsed => _isWaiting ? _ended + time.GetElapsedTime(_start) : _ended;

    public void Begin()
    {
        if (!isEnabled) return;
        _start = time.GetTimestamp();
        _isWaiting = true;
    }

    public void End()
    {
        _ended = Elapsed;
        _isWaiting = false;
    }
}
