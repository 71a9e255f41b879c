namespace LlmStream.Framing;

/// <summary>Which budget of time was used up.</summary>
internal enum ExpiredBudget
{
    None,
    FirstDelta,
    IdleBytes,
    IdleDeltas,
}

/// <summary>
/// Watches over the waiting for a server, during one attempt. When a budget is used up it cancels <see cref="Token"/>.
/// </summary>
/// <remarks>
/// One timer serves all budgets. It is not moved with every read: it is left to go off, and then sees whether the
/// waiting that is going on has really lasted too long. Invariant, under the lock: while somebody waits, the timer is
/// set to go off no later than the earliest deadline.
/// </remarks>
internal sealed class ReadWatch : IDisposable
{
    private readonly object _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeBudgets _budgets;
    private readonly CancellationTokenSource _cancellation;
    private readonly ITimer _timer;
    private readonly long _started;
    private long _waitStarted;
    private long _deltaWaitStarted;
    private bool _isWaiting;
    private TimeSpan _timerDue = TimeSpan.MaxValue; // since the start
    private bool _responseBegan;
    private bool _deltaArrived;
    private bool _deltaIsNew;
    private bool _isDisposed;

    /// <summary>Starts to watch: the request is about to be sent, and somebody waits.</summary>
    public ReadWatch(TimeProvider time, TimeBudgets budgets, CancellationToken cancellationToken)
    {
        _time = time;
        _budgets = budgets;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((ReadWatch)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        BeginWait();
    }

    /// <summary>Cancelled when a budget is used up, or when the caller cancels.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>The budget that was used up, if one was.</summary>
    public ExpiredBudget Expired { get; private set; }

    /// <summary>The headers are there: from now on the connection must not fall silent.</summary>
    public void ResponseBegan()
    {
        EndWait();
        _responseBegan = true;
    }

    /// <summary>A piece of the answer is there.</summary>
    public void DeltaArrived() => _deltaArrived = _deltaIsNew = true;

    public void BeginWait()
    {
        bool expired;
        lock (_lock)
        {
            _waitStarted = _time.GetTimestamp();
            if (_deltaIsNew)
            {
                // What the consumer took to look at the last delta is not the server's.
                _deltaIsNew = false;
                _deltaWaitStarted = _waitStarted;
            }

            _isWaiting = true;
            expired = Check();
        }

        if (expired) Cancel();
    }

    public void EndWait()
    {
        lock (_lock) _isWaiting = false;
    }

    /// <summary>Ends the waiting for another reason.</summary>
    public void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended at the same moment.
        }
    }

    public void Dispose()
    {
        lock (_lock) _isDisposed = true;
        _timer.Dispose();
        _cancellation.Dispose();
    }

    private void OnTimer()
    {
        bool expired;
        lock (_lock)
        {
            _timerDue = TimeSpan.MaxValue;
            expired = !_isDisposed && _isWaiting && Check();
        }

        if (expired) Cancel();
    }

    /// <summary>Sees whether a budget is used up, and else sets the timer to the earliest deadline.</summary>
    private bool Check()
    {
        if (Expired != ExpiredBudget.None) return false;
        TimeSpan nearest = Timeout.InfiniteTimeSpan;
        if (!_deltaArrived) Consider(ExpiredBudget.FirstDelta, _budgets.FirstDelta, _started, ref nearest);
        if (_responseBegan) Consider(ExpiredBudget.IdleBytes, _budgets.IdleBytes, _waitStarted, ref nearest);
        if (_deltaArrived) Consider(ExpiredBudget.IdleDeltas, _budgets.IdleDeltas, _deltaWaitStarted, ref nearest);
        if (Expired != ExpiredBudget.None) return true;
        if (nearest == Timeout.InfiniteTimeSpan) return false;
        TimeSpan due = _time.GetElapsedTime(_started) + nearest;
        if (due >= _timerDue) return false; // it will go off before, and look again
        _timerDue = due;
        _timer.Change(nearest, Timeout.InfiniteTimeSpan);
        return false;
    }

    private void Consider(ExpiredBudget budget, TimeSpan allowed, long since, ref TimeSpan nearest)
    {
        if (allowed == Timeout.InfiniteTimeSpan || Expired != ExpiredBudget.None) return;
        TimeSpan left = allowed - _time.GetElapsedTime(since);
        if (left <= TimeSpan.Zero) Expired = budget;
        else if (nearest == Timeout.InfiniteTimeSpan || left < nearest) nearest = left;
    }
}
