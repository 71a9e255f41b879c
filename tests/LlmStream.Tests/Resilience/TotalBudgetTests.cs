using LlmStream.Resilience;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

public sealed class TotalBudgetTests : IDisposable
{
    private static readonly TimeSpan MoreThanATimerCanWait = TimeSpan.FromDays(60);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _cancellation = new();

    public void Dispose() => _cancellation.Dispose();

    [Fact]
    public void Without_a_limit_there_is_no_timer()
    {
        Assert.Null(TotalBudget.Start(_time, Timeout.InfiniteTimeSpan, _cancellation));
        Assert.True(_time.NoTimersAsync().IsCompleted);
    }

    [Fact]
    public void A_budget_that_is_longer_than_a_timer_can_wait_is_used_up_at_its_end()
    {
        using TotalBudget? budget = TotalBudget.Start(_time, MoreThanATimerCanWait, _cancellation);
        _time.Advance(MoreThanATimerCanWait - TimeSpan.FromSeconds(1));
        Assert.False(_cancellation.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_cancellation.IsCancellationRequested);
    }

    [Fact]
    public void After_its_disposal_it_has_no_timer()
    {
        TotalBudget.Start(_time, TimeSpan.FromSeconds(1), _cancellation)!.Dispose();
        Assert.True(_time.NoTimersAsync().IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_cancellation.IsCancellationRequested);
    }

    [Fact]
    public void A_call_that_ended_just_before_is_not_cancelled()
    {
        using TotalBudget? budget = TotalBudget.Start(_time, TimeSpan.FromSeconds(1), _cancellation);
        _cancellation.Dispose();
        _time.Advance(TimeSpan.FromSeconds(1)); // throws nothing on the thread of the timer
        Assert.False(_cancellation.IsCancellationRequested);
    }
}
