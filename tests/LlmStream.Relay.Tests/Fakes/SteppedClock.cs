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
            TimeSpan? next;
            lock (_lock)
            {
                changed = _changed.Task;
                next = _timers.Count == 0 ? null : _timers.Min(timer => timer.Due) - GetUtcNow();
            }

            if (until.IsCompleted) return false;
            if (next <= atMost)
            {
                Advance(next > TimeSpan.Zero ? next.Value : TimeSpan.Zero);
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

    private void Set(Timer timer, DateTimeOffset? due)
    {
        lock (_lock)
        {
            timer.Due = due ?? DateTimeOffset.MaxValue;
            if (due is null) _timers.Remove(timer);
            else _timers.Add(timer);
            TaskCompletionSource changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }
    }

    private sealed class Timer(SteppedClock clock) : ITimer
    {
        private ITimer _inner = null!;
        private TimeSpan _period;

        public DateTimeOffset Due { get; set; }

        public void Start(ITimer inner, TimeSpan dueTime, TimeSpan period)
        {
            _inner = inner;
            Change(dueTime, period);
        }

        public void OnDue(object? state)
        {
            clock.Set(this, _period > TimeSpan.Zero ? Due + _period : null);
            (TimerCallback callback, object? inner) = ((TimerCallback, object?))state!;
            callback(inner);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            clock.Set(this, dueTime < TimeSpan.Zero ? null : clock.GetUtcNow() + dueTime);
            return _inner.Change(dueTime, period);
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
