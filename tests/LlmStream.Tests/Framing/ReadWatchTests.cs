using LlmStream.Framing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Framing;

/// <summary>Which budget a wait exceeds, and when.</summary>
public class ReadWatchTests
{
    private static readonly LlmTimeoutOptions Budgets = new() { FirstDelta = Seconds(10), IdleBytes = Seconds(3), IdleDeltas = Seconds(5) };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Without_a_response_only_the_first_delta_is_waited_for()
    {
        using ReadWatch watch = Start();
        Expires(watch, ExpiredBudget.FirstDelta, 10);
    }

    [Fact]
    public void Silence_is_limited_once_the_response_has_begun()
    {
        using ReadWatch watch = Start();
        _time.Advance(Seconds(9));
        watch.ResponseBegan();
        watch.BeginWait();
        Expires(watch, ExpiredBudget.FirstDelta, 1); // it comes first
    }

    [Fact]
    public void Each_wait_for_bytes_has_its_own_time()
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        for (int i = 0; i < 3; i++)
        {
            watch.BeginWait();
            _time.Advance(Seconds(2.5));
            watch.EndWait();
        }

        Assert.Equal(ExpiredBudget.None, watch.Expired);
        watch.BeginWait();
        Expires(watch, ExpiredBudget.FirstDelta, 2.5);
    }

    [Fact]
    public void A_silent_connection_expires()
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        watch.BeginWait();
        Expires(watch, ExpiredBudget.IdleBytes, 3);
    }

    [Fact]
    public void Bytes_do_not_extend_the_wait_for_the_next_delta()
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        watch.DeltaArrived();
        watch.BeginWait();
        _time.Advance(Seconds(2.5));
        watch.EndWait();
        watch.BeginWait();
        Expires(watch, ExpiredBudget.IdleDeltas, 2.5);
    }

    [Fact]
    public void A_delta_starts_the_wait_for_the_next_and_ends_that_for_the_first()
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        for (int i = 0; i < 8; i++)
        {
            watch.DeltaArrived();
            watch.BeginWait();
            _time.Advance(Seconds(2.9));
            watch.EndWait();
        }

        Assert.Equal(ExpiredBudget.None, watch.Expired);
    }

    [Fact]
    public void The_time_of_the_consumer_does_not_count()
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        watch.DeltaArrived();
        _time.Advance(Seconds(1_000));
        watch.BeginWait();
        Expires(watch, ExpiredBudget.IdleBytes, 3);
    }

    [Fact]
    public void A_wait_that_begins_after_the_deadline_expires_at_once()
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        _time.Advance(Seconds(11));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        watch.BeginWait();
        Assert.Equal(ExpiredBudget.FirstDelta, watch.Expired);
        Assert.True(watch.Token.IsCancellationRequested);
    }

    [Fact]
    public void Without_budgets_nothing_expires()
    {
        var none = new LlmTimeoutOptions { FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = Timeout.InfiniteTimeSpan, IdleDeltas = Timeout.InfiniteTimeSpan };
        using var watch = new ReadWatch(_time, none, CancellationToken.None);
        watch.ResponseBegan();
        watch.DeltaArrived();
        watch.BeginWait();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        Assert.False(watch.Token.IsCancellationRequested);
    }

    [Theory]
    [InlineData(false, 10)]
    [InlineData(true, 5)]
    public void Reads_that_never_wait_do_not_extend_the_wait_for_a_delta(bool afterDelta, int seconds)
    {
        using ReadWatch watch = Start();
        watch.ResponseBegan();
        if (afterDelta) watch.DeltaArrived();
        Read();
        for (int i = 1; i < seconds; i++)
        {
            _time.Advance(Seconds(1));
            Read();
            Assert.Equal(ExpiredBudget.None, watch.Expired);
        }

        _time.Advance(Seconds(1));
        Read();
        Assert.Equal(afterDelta ? ExpiredBudget.IdleDeltas : ExpiredBudget.FirstDelta, watch.Expired);
        Assert.True(watch.Token.IsCancellationRequested);

        void Read()
        {
            for (int i = 0; i < ReadWatch.ReadsPerCheck; i++) watch.ReadWithoutWaiting();
        }
    }

    [Fact]
    public void A_budget_may_be_longer_than_a_timer_can_wait()
    {
        var time = new FakeTimeProvider();
        using var watch = new ReadWatch(time, Budgets with { FirstDelta = TimeSpan.FromDays(60), IdleBytes = TimeSpan.MaxValue }, CancellationToken.None);
        watch.ResponseBegan();
        watch.BeginWait();
        time.Advance(TimeSpan.FromDays(59.9));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        time.Advance(TimeSpan.FromDays(0.1));
        Assert.Equal(ExpiredBudget.FirstDelta, watch.Expired);
        Assert.All(time.Delays, delay => Assert.True(delay <= Timers.MaxDelay));
    }

    [Fact]
    public void The_caller_may_cancel()
    {
        using var caller = new CancellationTokenSource();
        using var watch = new ReadWatch(_time, Budgets, caller.Token);
        caller.Cancel();
        Assert.True(watch.Token.IsCancellationRequested);
        Assert.Equal(ExpiredBudget.None, watch.Expired);
    }

    [Fact]
    public void It_may_be_cancelled_for_another_reason_also_after_its_end()
    {
        ReadWatch watch = Start();
        watch.Cancel();
        Assert.True(watch.Token.IsCancellationRequested);
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        watch.Dispose();
        watch.Cancel();
    }

    [Fact]
    public void After_its_end_nothing_expires()
    {
        ReadWatch watch = Start();
        watch.Dispose();
        _time.Advance(Seconds(20));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private ReadWatch Start() => new(_time, Budgets, CancellationToken.None);

    /// <summary>Checks that the budget is exceeded after just this time, not before.</summary>
    private void Expires(ReadWatch watch, ExpiredBudget expected, double seconds)
    {
        _time.Advance(Seconds(seconds - 0.1));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        Assert.False(watch.Token.IsCancellationRequested);
        _time.Advance(Seconds(0.1));
        Assert.Equal(expected, watch.Expired);
        Assert.True(watch.Token.IsCancellationRequested);
    }
}
