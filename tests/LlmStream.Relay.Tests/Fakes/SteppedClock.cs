using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Relay.Tests.Fakes;

/// <summary>
/// A clock that stands still until a test advances it to the next time for which something waits, once something does. So tests wait for
/// code to wait, and never sleep.
/// </summary>
internal sealed class SteppedClock : FakeTimeProvider
{
    private readonly object _lock = new();
    private readonly HashSet<Timer> _timers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this);
        timer.Start(base.CreateTimer(timer.OnDue, (callback, state), Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan), dueTime, period);
        return timer;
    }

    /// <summary>Waits until a timer is due within a time, and advances to it.</summary>
    /// <returns>False if the task ended before.</returns>
    public async Task<bool> AdvanceToNextAsync(TimeSpan atMost, Task until)
    {
        while (true)
        {
            Task changed;
            Timer? first;
            TimeSpan? next;
            lock (_lock)
            {
                changed = _changed.Task;
                first = _timers.MinBy(timer => timer.Due);
                next = first?.Due - GetUtcNow();
            }

            if (until.IsCompleted) return false;
            if (next <= atMost)
            {
                Advance(next > TimeSpan.Zero ? next.Value : TimeSpan.Zero);
                Passed(first!); // also if it was started only after the clock was advanced: then it is due later
                return true;
            }

            await Task.WhenAny(changed, until).WaitAsync(ReadStream.Bound);
        }
    }

    /// <summary>Advances as long as a task runs, each time to what is due within a second: delays and polls, but not renewals or timeouts.</summary>
    public async Task<T> RunAsync<T>(Task<T> task, TimeSpan? atMost = null)
    {
        while (await AdvanceToNextAsync(atMost ?? TimeSpan.FromSeconds(1), task))
        {
        }

        return await task;
    }

    private void Set(Timer timer, TimeSpan? wait)
    {
        lock (_lock)
        {
            timer.Due = wait is null ? DateTimeOffset.MaxValue : GetUtcNow() + wait.Value;
            if (wait is null) _timers.Remove(timer);
            else _timers.Add(timer);
            Changed();
        }
    }

    private void Passed(Timer timer)
    {
        lock (_lock)
        {
            if (timer.Due > GetUtcNow()) return; // it was started again meanwhile
            if (timer.Period > TimeSpan.Zero) timer.Due += timer.Period;
            else _timers.Remove(timer);
            Changed();
        }
    }

    private void Changed()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private sealed class Timer(SteppedClock clock) : ITimer
    {
        private ITimer _inner = null!;

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Start(ITimer inner, TimeSpan dueTime, TimeSpan period)
        {
            _inner = inner;
            Change(dueTime, period);
        }

        public void OnDue(object? state)
        {
            clock.Passed(this);
            (TimerCallback callback, object? inner) = ((TimerCallback, object?))state!;
            callback(inner);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Period = period;
            TimeSpan? wait = dueTime < TimeSpan.Zero ? null : dueTime;
            clock.Set(this, wait);
            bool isChanged = _inner.Change(dueTime, period);

            // Once more: while it was started, the clock may have been advanced, which does not count.
            clock.Set(this, wait);
            return isChanged;
        }

        public void Dispose()
        {
            clock.Set(this, null);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
