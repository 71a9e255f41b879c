using System.Diagnostics;

namespace LlmStream.Framing;

/// <summary>Which time budget was exceeded.</summary>
internal enum ExpiredBudget
{
    None,
    FirstDelta,
    IdleBytes,
    IdleDeltas,
}

/// <summary>
/// Limits the time that one attempt waits for the server. When a time budget is exceeded it cancels <see cref="Token"/>.
/// </summary>
/// <remarks>
/// One timer serves all budgets. It is not rescheduled with every read: it is left to fire, and then checks whether the current wait has
/// really lasted too long. Invariant, under the lock: while a wait is in progress and no budget is exceeded, the timer is set to fire no
/// later than the earliest deadline.
/// </remarks>
internal sealed class ReadWatch : IDisposable
{
    /// <summary>After how many reads without a wait the time is checked: to read the clock takes as long as such a read.</summary>
    public const int ReadsPerCheck = 8;

    private readonly TimeProvider _time;
    private readonly LlmTimeoutOptions _budgets;
    private readonly CancellationTokenSource _cancellation; // also the lock
    private readonly ITimer _timer;
    private readonly long _started;
    private long _waitStarted;
    private long _deltaWaitStarted;
    private bool _isWaiting;
    private TimeSpan _timerDue = TimeSpan.MaxValue; // relative to _started; MaxValue if the timer is not set
    private bool _responseBegan;
    private bool _deltaArrived;
    private bool _deltaIsNew;
    private bool _isDisposed;
    private int _reads; // that did not wait

    /// <summary>Starts the first wait: the request is about to be sent.</summary>
    public ReadWatch(TimeProvider time, LlmTimeoutOptions budgets, CancellationToken cancellationToken)
    {
        _time = time;
        _budgets = budgets;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _cancellation.Token;
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((ReadWatch)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        BeginWait(_started);
    }

    /// <summary>Cancelled when a budget is exceeded, or when the caller cancels.</summary>
    public CancellationToken Token { get; }

    /// <summary>The budget that was exceeded, if any.</summary>
    public ExpiredBudget Expired { get; private set; }

    /// <summary>The headers have arrived: from now on the idle budget for bytes applies.</summary>
    public void ResponseBegan()
    {
        EndWait();
        _responseBegan = true;
    }

    /// <summary>A delta has arrived: from now on the idle budget for deltas applies.</summary>
    public void DeltaArrived() => _deltaArrived = _deltaIsNew = true;

    /// <summary>A wait for the server begins.</summary>
    public void BeginWait() => BeginWait(_time.GetTimestamp());

    /// <summary>The wait is over.</summary>
    public void EndWait()
    {
        lock (_cancellation) _isWaiting = false;
    }

    /// <summary>
    /// Bytes were read without waiting. A server that sends faster than it is read never makes anybody wait, but the time without a
    /// delta counts nevertheless. It is checked at each of <see cref="ReadsPerCheck"/> reads.
    /// </summary>
    public void ReadWithoutWaiting()
    {
        if (++_reads % ReadsPerCheck != 0) return;
        long now = _time.GetTimestamp();
        lock (_cancellation)
        {
            Begin(now);
            // The timer is not set: nothing waits.
            if (Expired != ExpiredBudget.None || !IsExpired(now, out _)) return;
        }

        Cancel();
    }

    /// <summary>Cancels the wait for another reason.</summary>
    public void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended concurrently.
        }
    }

    public void Dispose()
    {
        lock (_cancellation) _isDisposed = true;
        _timer.Dispose();
        _cancellation.Dispose();
    }

    private void OnTimer()
    {
        bool expired;
        lock (_cancellation)
        {
            _timerDue = TimeSpan.MaxValue;
            expired = !_isDisposed && _isWaiting && Check(_time.GetTimestamp());
        }

        if (expired) Cancel();
    }

    private void BeginWait(long now)
    {
        bool expired;
        lock (_cancellation)
        {
            Begin(now);
            _isWaiting = true;
            expired = Check(now);
        }

        if (expired) Cancel();
    }

    /// <summary>Bytes are to be read. Called under the lock.</summary>
    private void Begin(long now)
    {
        _waitStarted = now;
        if (!_deltaIsNew) return;
        // The time that the consumer spent on the last delta does not count against the server.
        _deltaIsNew = false;
        _deltaWaitStarted = now;
    }

    /// <summary>Checks whether a budget is exceeded. If none is, sets the timer to the earliest deadline. Called under the lock.</summary>
    /// <returns>Whether a budget has been exceeded by now that had not been before.</returns>
    private bool Check(long now)
    {
        Debug.Assert(Monitor.IsEntered(_cancellation));
        if (Expired != ExpiredBudget.None) return false;
        if (IsExpired(now, out TimeSpan nearest)) return true;
        if (nearest == Timeout.InfiniteTimeSpan) return false;
        nearest = Timers.Step(nearest);
        TimeSpan due = _time.GetElapsedTime(_started, now) + nearest;
        if (due >= _timerDue) return false; // the timer fires before, and checks again
        _timerDue = due;
        Debug.Assert(nearest > TimeSpan.Zero);
        _timer.Change(nearest, Timeout.InfiniteTimeSpan);
        return false;
    }

    /// <summary>Whether a budget is exceeded. Called under the lock.</summary>
    /// <param name="now">The time.</param>
    /// <param name="nearest">If no budget is exceeded, the time until the earliest deadline; infinite without a deadline.</param>
    private bool IsExpired(long now, out TimeSpan nearest)
    {
        nearest = Timeout.InfiniteTimeSpan;
        if (!_deltaArrived) Consider(ExpiredBudget.FirstDelta, _budgets.FirstDelta, _started, now, ref nearest);
        if (_responseBegan) Consider(ExpiredBudget.IdleBytes, _budgets.IdleBytes, _waitStarted, now, ref nearest);
        if (_deltaArrived) Consider(ExpiredBudget.IdleDeltas, _budgets.IdleDeltas, _deltaWaitStarted, now, ref nearest);
        return Expired != ExpiredBudget.None;
    }

    private void Consider(ExpiredBudget budget, TimeSpan allowed, long since, long now, ref TimeSpan nearest)
    {
        if (allowed == Timeout.InfiniteTimeSpan || Expired != ExpiredBudget.None) return;
        TimeSpan left = since == now ? allowed : allowed - _time.GetElapsedTime(since, now);
        if (left <= TimeSpan.Zero) Expired = budget;
        else if (nearest == Timeout.InfiniteTimeSpan || left < nearest) nearest = left;
    }
}
