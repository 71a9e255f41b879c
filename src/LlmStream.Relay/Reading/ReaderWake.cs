using LlmStream.Relay.Memory;

namespace LlmStream.Relay.Reading;

/// <summary>
/// Wakes a reader: by a signal of its subscription, by a cancellation, and without either after the poll interval, because signals may be
/// lost. What comes while it does not wait is remembered.
/// </summary>
internal sealed class ReaderWake : IAsyncDisposable
{
    private readonly AsyncSignal _wake = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly IChatStreamSubscription _subscription;
    private readonly TimeProvider _time;
    private readonly TimeSpan _pollInterval;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _canceled;
    private readonly Task _pump = Task.CompletedTask;
    private long _waitingSince;
    private volatile bool _isTimerSet;

    /// <summary>Begins to wake a reader.</summary>
    /// <param name="subscription">The subscription, which is disposed of.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pollInterval">After which time a reader is woken without a signal.</param>
    /// <param name="cancellationToken">Wakes the reader when it is cancelled.</param>
    public ReaderWake(IChatStreamSubscription subscription, TimeProvider time, TimeSpan pollInterval, CancellationToken cancellationToken)
    {
        _subscription = subscription;
        _time = time;
        _pollInterval = pollInterval;
        _timer = time.CreateTimer(
            static wake => ((ReaderWake)wake!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _canceled = cancellationToken.UnsafeRegister(static wake => ((AsyncSignal)wake!).Set(), _wake);
        if (subscription is MemorySubscription memory) memory.Redirect(_wake);
        else _pump = PumpAsync();
    }

    public Task WaitAsync()
    {
        Volatile.Write(ref _waitingSince, _time.GetTimestamp());
        if (!_isTimerSet)
        {
            _isTimerSet = true;
            _timer.Change(_pollInterval, Timeout.InfiniteTimeSpan);
        }

        return _wake.WaitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _canceled.DisposeAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _subscription.DisposeAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    /// <remarks>The timer is not set for each wait: if there was a signal meanwhile, it is set again for what is left.</remarks>
    private void OnTick()
    {
        TimeSpan left = _pollInterval - _time.GetElapsedTime(Volatile.Read(ref _waitingSince));
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }

        _isTimerSet = false;
        _wake.Set();
    }

    /// <remarks>If the subscription fails, the reader only polls.</remarks>
    private async Task PumpAsync()
    {
        while (true)
        {
            await _subscription.WaitAsync(_ended.Token).ConfigureAwait(false);
            _wake.Set();
        }
    }
}
