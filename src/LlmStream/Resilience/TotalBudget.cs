using System.Diagnostics;

namespace LlmStream.Resilience;

/// <summary>Cancels a call when its total time budget is used up, however long the budget is.</summary>
/// <remarks>Invariant: until it is used up or disposed of, the timer is set to fire no later than the deadline.</remarks>
internal sealed class TotalBudget : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _budget;
    private readonly CancellationTokenSource _cancellation;
    private readonly long _started;
    private readonly ITimer _timer;

    private TotalBudget(TimeProvider time, TimeSpan budget, CancellationTokenSource cancellation)
    {
        _time = time;
        _budget = budget;
        _cancellation = cancellation;
        _started = time.GetTimestamp();
        // Set only after the field has been assigned: the timer may fire at once.
        _timer = time.CreateTimer(
            static state => ((TotalBudget)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Timers.Step(budget), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts the budget.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="budget">How long the call may take.</param>
    /// <param name="cancellation">Cancelled when the budget is used up.</param>
    /// <returns>Null if there is no limit.</returns>
    public static TotalBudget? Start(TimeProvider time, TimeSpan budget, CancellationTokenSource cancellation)
    {
        Debug.Assert(budget > TimeSpan.Zero || budget == Timeout.InfiniteTimeSpan, "The options accept no other budgets.");
        return budget == Timeout.InfiniteTimeSpan ? null : new TotalBudget(time, budget, cancellation);
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        TimeSpan left = _budget - _time.GetElapsedTime(_started);
        try
        {
            if (left > TimeSpan.Zero) _timer.Change(Timers.Step(left), Timeout.InfiniteTimeSpan);
            else _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended concurrently.
        }
    }
}
