using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using Polly;

namespace LlmStream.Tests.Resilience;

public class RetryPipelineTests
{
    private readonly FakeTimeProvider _time = new() { SkipDelays = true };
    private int _starts;

    [Fact]
    public void The_callers_pipeline_is_used_as_it_is()
    {
        ResiliencePipeline own = new ResiliencePipelineBuilder().Build();
        Assert.Same(own, RetryPipeline.Create(new LlmStreamOptions { Retry = new LlmRetryOptions { Pipeline = own, MaxRetries = 0 } }));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    public async Task There_is_one_start_more_than_retries(int maxRetries, int starts)
    {
        await RunAsync(new LlmRetryOptions { MaxRetries = maxRetries }, Calls.Failure());
        Assert.Equal(starts, _starts);
    }

    [Fact]
    public async Task A_failure_that_is_not_transient_is_not_retried()
    {
        await RunAsync(new LlmRetryOptions(), Calls.Failure(isTransient: false));
        Assert.Equal(1, _starts);
    }

    [Fact]
    public async Task Other_exceptions_are_not_retried()
    {
        await RunAsync(new LlmRetryOptions(), new InvalidOperationException());
        Assert.Equal(1, _starts);
    }

    [Theory]
    [InlineData(59_999, 4)]
    [InlineData(60_000, 4)]
    [InlineData(60_001, 1)]
    public async Task A_wait_that_the_server_asks_for_may_be_as_long_as_the_limit(int milliseconds, int starts)
    {
        var wait = TimeSpan.FromMilliseconds(milliseconds);
        await RunAsync(new LlmRetryOptions { MaxDelay = TimeSpan.FromSeconds(1) }, Calls.Failure(retryAfter: wait));
        Assert.Equal(starts, _starts);
        Assert.All(_time.Delays, delay => Assert.Equal(wait, delay));
    }

    [Fact]
    public async Task Attempts_outside_the_pipeline_count_too()
    {
        using CallContext call = Call(new LlmRetryOptions { MaxRetries = 3 }, attempts: 2); // such as those before a resume
        await RunAsync(call, Calls.Failure());
        Assert.Equal(2, _starts);
        Assert.Equal(4, call.Attempts);
    }

    [Fact]
    public async Task Delays_double_with_jitter_up_to_the_limit()
    {
        await RunAsync(new LlmRetryOptions { MaxRetries = 8, BaseDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(10) }, Calls.Failure());
        Assert.Equal(8, _time.Delays.Count);
        Assert.All(_time.Delays, delay => Assert.InRange(delay, TimeSpan.Zero, TimeSpan.FromSeconds(10)));
        Assert.InRange(_time.Delays[0], TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
        Assert.True(_time.Delays.Distinct().Count() > 2); // with jitter
        Assert.Contains(_time.Delays, delay => delay > TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_result_of_the_first_start_that_succeeds_is_returned()
    {
        using CallContext call = Call(new LlmRetryOptions(), attempts: 0);
        int result = await new RetryPipeline(call.Options).ExecuteAsync(call, (c, token) =>
        {
            Assert.Same(call, c);
            Assert.False(token.IsCancellationRequested);
            c.BeginAttempt("m");
            return ++_starts == 3 ? new ValueTask<int>(7) : throw Calls.Failure();
        });
        Assert.Equal((7, 3), (result, _starts));
    }

    [Fact]
    public async Task A_cancellation_of_the_call_ends_the_delay()
    {
        using var caller = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        using CallContext call = Calls.Create(options => options.TimeProvider = time, cancellationToken: caller.Token);
        Task running = RunAsync(call, Calls.Failure(retryAfter: TimeSpan.FromSeconds(5))).AsTask();
        await time.TimerSetAsync(TimeSpan.FromSeconds(5));
        await caller.CancelAsync();

        await running;
        Assert.IsAssignableFrom<OperationCanceledException>(_failure);
        Assert.Equal(1, _starts);
    }

    private Exception? _failure;

    private CallContext Call(LlmRetryOptions retry, int attempts) => Calls.Create(options => (options.TimeProvider, options.Retry) = (_time, retry), attempts);

    private async Task RunAsync(LlmRetryOptions retry, Exception failure)
    {
        using CallContext call = Call(retry, attempts: 0);
        await RunAsync(call, failure);
    }

    /// <summary>Starts attempts that all fail.</summary>
    private async ValueTask RunAsync(CallContext call, Exception failure)
    {
        try
        {
            await new RetryPipeline(call.Options).ExecuteAsync<int>(call, (c, _) =>
            {
                _starts++;
                c.BeginAttempt("m");
                throw failure;
            });
        }
        catch (Exception exception)
        {
            _failure = exception;
        }

        Assert.NotNull(_failure);
    }
}
