namespace LlmStream.Tests.Fakes;

/// <summary>A clock that tests advance.</summary>
public sealed class FakeTimeProvider : TimeProvider
{
    private readonly object _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly List<TimeSpan> _delays = [];
    private TimeSpan _elapsed;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether delays end at once: the clock is advanced by each delay when it begins.</summary>
    public bool SkipDelays { get; init; }

    /// <summary>The delays so far.</summary>
    public IReadOnlyList<TimeSpan> Delays
    {
        get { lock (_lock) return [.. _delays]; }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock) return _elapsed.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero) + new TimeSpan(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        bool isDelay = dueTime != Timeout.InfiniteTimeSpan;
        lock (_lock)
        {
            _timers.Add(timer);
            if (isDelay) _delays.Add(dueTime);
        }

        timer.Change(dueTime, period);
        if (isDelay && SkipDelays) ThreadPool.QueueUserWorkItem(_ => Advance(dueTime));
        return timer;
    }

    /// <summary>Advances the clock, and fires the timers that fall due, in order.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan end;
        lock (_lock) end = _elapsed + by;
        while (true)
        {
            FakeTimer? next;
            lock (_lock)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                TimeSpan now = next?.Due ?? end;
                if (now > _elapsed) _elapsed = now; // a timer that fired may have advanced the clock further
                next?.Disarm();
            }

            if (next is null) return;
            next.Fire();
        }
    }

    /// <summary>Waits, in real time, until a timer is set that falls due after exactly this time.</summary>
    public async Task TimerSetAsync(TimeSpan dueIn)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_timers.Exists(timer => timer.Due == _elapsed + dueIn)) return;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    /// <summary>Waits, in real time, until no timer is set that falls due after exactly this time.</summary>
    public async Task TimerGoneAsync(TimeSpan dueIn)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!_timers.Exists(timer => timer.Due == _elapsed + dueIn)) return;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    /// <summary>The number of timers that have not been disposed of.</summary>
    public int TimerCount
    {
        get { lock (_lock) return _timers.Count; }
    }

    /// <summary>Waits, in real time, until there are fewer timers than this, set or not.</summary>
    public async Task FewerTimersAsync(int than)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_timers.Count < than) return;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    /// <summary>Waits, in real time, until no timer is set.</summary>
    public async Task NoTimersAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!_timers.Exists(timer => timer.Due is not null)) return;
                changed = _changed.Task;
            }

            await changed;
        }
    }

    private sealed class FakeTimer(FakeTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan? Due { get; private set; }

        public void Disarm() => Due = null;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, Timers.MaxDelay); // as the timers of the system do
            TaskCompletionSource changed;
            lock (time._lock)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._elapsed + dueTime;
                changed = time._changed;
                time._changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
            return true;
        }

        public void Dispose()
        {
            TaskCompletionSource changed;
            lock (time._lock)
            {
                Due = null;
                time._timers.Remove(this);
                changed = time._changed;
                time._changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
