using LlmStream.Framing;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace LlmStream.Tests.Resilience;

/// <summary>The budgets of a call, and the exceptions that its caller gets.</summary>
public sealed class CallContextTests : IDisposable
{
    private static readonly LlmTimeoutOptions Unlimited = new()
    {
        FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = Timeout.InfiniteTimeSpan, IdleDeltas = Timeout.InfiniteTimeSpan,
    };

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _caller = new();

    public void Dispose() => _caller.Dispose();

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, 1, false)]
    [InlineData(3, 2, true)]
    [InlineData(3, 3, true)]
    [InlineData(3, 4, false)]
    public void There_is_one_attempt_more_than_retries(int maxRetries, int attempts, bool hasBudget)
    {
        using CallContext call = Calls.Create(options => options.Retry = new LlmRetryOptions { MaxRetries = maxRetries }, attempts);
        Assert.Equal((attempts, hasBudget), (call.Attempts, call.HasBudget));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void What_handlers_sent_again_counts_as_well(int resends, bool hasBudget)
    {
        using CallContext call = Calls.Create(options => options.Retry = new LlmRetryOptions { MaxRetries = 3 }, attempts: 1);
        call.AddResends(resends);
        Assert.Equal((1, hasBudget), (call.Attempts, call.HasBudget));
    }

    [Theory]
    [InlineData(3, 0, 0, false)]
    [InlineData(3, 2, 1, true)]
    [InlineData(3, 2, 2, false)]
    [InlineData(0, 2, 0, false)] // no budget for another attempt
    public void Resumes_have_their_own_limit_besides_that_of_the_attempts(int maxRetries, int maxResumes, int resumes, bool mayResume)
    {
        using CallContext call = Calls.Create(options =>
            (options.Retry, options.Resume) = (new LlmRetryOptions { MaxRetries = maxRetries }, new LlmResumeOptions { MaxResumes = maxResumes }), attempts: 1);
        for (int i = 0; i < resumes; i++) call.BeginResume(Calls.Failure(), 0);
        Assert.Equal((resumes, mayResume), (call.Resumes, call.MayResume));
    }

    [Fact]
    public void The_token_is_cancelled_with_the_callers()
    {
        using CallContext call = Calls.Create(cancellationToken: _caller.Token);
        Assert.False(call.Token.IsCancellationRequested);
        _caller.Cancel();
        Assert.True(call.Token.IsCancellationRequested);
    }

    [Fact]
    public void The_token_is_cancelled_when_the_total_budget_is_used_up()
    {
        using CallContext call = Create(Unlimited with { Total = TimeSpan.FromSeconds(30) });
        _time.Advance(TimeSpan.FromSeconds(29.999));
        Assert.False(call.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.True(call.Token.IsCancellationRequested);
    }

    [Fact]
    public void The_only_token_that_can_cancel_the_call_is_its_token()
    {
        using CallContext call = Calls.Create(cancellationToken: _caller.Token);
        Assert.Equal(_caller.Token, call.Token);
        using CallContext other = Calls.Create();
        Assert.False(other.Token.CanBeCanceled);
    }

    [Fact]
    public void After_its_end_the_callers_token_has_no_effect()
    {
        CallContext call = Create(Unlimited with { Total = TimeSpan.FromSeconds(30) });
        call.Dispose();
        _caller.Cancel();
        Assert.False(call.Token.IsCancellationRequested);
    }

    [Fact]
    public void The_total_budget_is_a_timeout_that_is_not_transient()
    {
        using CallContext call = Create(Unlimited with { Total = TimeSpan.FromSeconds(1.5), FirstDelta = TimeSpan.FromSeconds(1) }, attempts: 2);
        using var watch = new ReadWatch(_time, call.Options.Timeouts, call.Token);
        _time.Advance(TimeSpan.FromSeconds(1.5));

        var cause = new OperationCanceledException();
        ChatStreamException failure = Assert.IsType<ChatStreamException>(call.Translate(cause, watch));
        Assert.Equal((ChatStreamError.TotalTimeout, false, 2), (failure.Error, failure.IsTransient, failure.AttemptCount));
        Assert.Equal("The call did not end within 1.5 seconds (LlmTimeoutOptions.Total).", failure.Message);
        Assert.Same(cause, failure.InnerException);
    }

    [Fact]
    public void The_budget_of_the_first_delta_is_a_timeout()
    {
        using CallContext call = Create(Unlimited with { FirstDelta = TimeSpan.FromSeconds(2) }, attempts: 1);
        using var watch = new ReadWatch(_time, call.Options.Timeouts, call.Token);
        _time.Advance(TimeSpan.FromSeconds(2));

        AssertTimeout(ChatStreamError.FirstDeltaTimeout, "No part of the answer arrived within 2 seconds (LlmTimeoutOptions.FirstDelta).", call, watch);
    }

    [Fact]
    public void The_budget_of_silence_is_a_timeout()
    {
        using CallContext call = Create(Unlimited with { IdleBytes = TimeSpan.FromSeconds(2) }, attempts: 1);
        using var watch = new ReadWatch(_time, call.Options.Timeouts, call.Token);
        watch.ResponseBegan();
        watch.BeginWait();
        _time.Advance(TimeSpan.FromSeconds(2));

        AssertTimeout(ChatStreamError.IdleTimeout, "No bytes arrived for 2 seconds (LlmTimeoutOptions.IdleBytes).", call, watch);
    }

    [Fact]
    public void The_budget_between_deltas_is_a_timeout()
    {
        using CallContext call = Create(Unlimited with { IdleDeltas = TimeSpan.FromSeconds(2) }, attempts: 1);
        using var watch = new ReadWatch(_time, call.Options.Timeouts, call.Token);
        watch.ResponseBegan();
        watch.DeltaArrived();
        watch.BeginWait();
        _time.Advance(TimeSpan.FromSeconds(2));

        AssertTimeout(
            ChatStreamError.StalledTimeout, "No part of the answer arrived for 2 seconds, only keep-alive data (LlmTimeoutOptions.IdleDeltas).", call, watch);
    }

    [Fact]
    public void A_cancellation_by_somebody_else_is_passed_on()
    {
        using CallContext call = Create(Unlimited);
        using var watch = new ReadWatch(_time, call.Options.Timeouts, call.Token);
        Assert.Null(call.Translate(new OperationCanceledException(), watch));
        Assert.Null(call.Translate(new OperationCanceledException(), null));
    }

    public static TheoryData<Exception> AnyException =>
        [new IOException(), new OperationCanceledException(), Calls.Failure(), new TimeoutRejectedException(), new InvalidOperationException()];

    [Theory]
    [MemberData(nameof(AnyException))]
    public void If_the_caller_has_cancelled_any_exception_is_a_cancellation_with_its_token(Exception exception)
    {
        using CallContext call = Calls.Create(cancellationToken: _caller.Token);
        _caller.Cancel();

        OperationCanceledException canceled = Assert.IsType<OperationCanceledException>(call.Translate(exception, null));
        Assert.Equal(_caller.Token, canceled.CancellationToken);
        Assert.Same(exception, canceled.InnerException);
        Assert.Null(call.Translate(canceled, null)); // which is passed on as it is
    }

    [Fact]
    public void The_callers_cancellation_takes_precedence_over_a_timeout()
    {
        using CallContext call = Create(Unlimited with { Total = TimeSpan.FromSeconds(1) }, cancellationToken: _caller.Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        _caller.Cancel();
        Assert.IsType<OperationCanceledException>(call.Translate(new OperationCanceledException(), null));
    }

    [Fact]
    public void A_failure_gets_the_number_of_attempts_and_loses_the_key()
    {
        using CallContext call = Calls.Create(attempts: 2);
        var failure = new ChatStreamException(ChatStreamError.Unauthorized, $"No: {Calls.Key}") { ProviderMessage = $"Wrong: {Calls.Key}", ProviderCode = Calls.Key };

        ChatStreamException translated = Assert.IsType<ChatStreamException>(call.Translate(failure, null));
        Assert.Equal(("No: [key]", "Wrong: [key]", "[key]", 2), (translated.Message, translated.ProviderMessage, translated.ProviderCode, translated.AttemptCount));
        Assert.Same(translated, call.Translate(translated, null));
    }

    [Theory]
    [InlineData("No: sk-secret-0123456789", null)]
    [InlineData("No.", "Wrong: sk-secret-0123456789")]
    public void The_key_is_removed_even_if_the_number_of_attempts_is_right(string message, string? providerMessage)
    {
        using CallContext call = Calls.Create(attempts: 1);
        var failure = new ChatStreamException(ChatStreamError.Unauthorized, message) { ProviderMessage = providerMessage, AttemptCount = 1 };

        ChatStreamException translated = Assert.IsType<ChatStreamException>(call.Translate(failure, null));
        Assert.DoesNotContain(Calls.Key, $"{translated.Message} {translated.ProviderMessage}", StringComparison.Ordinal);
    }

    public static TheoryData<ExecutionRejectedException, ChatStreamError> Rejections => new()
    {
        { new TimeoutRejectedException("too slow"), ChatStreamError.FirstDeltaTimeout },
        { new BrokenCircuitException("open"), ChatStreamError.Connection },
    };

    [Theory]
    [MemberData(nameof(Rejections))]
    public void A_rejection_by_the_callers_pipeline_is_named(ExecutionRejectedException rejection, ChatStreamError error)
    {
        using CallContext call = Calls.Create(attempts: 1);
        ChatStreamException failure = Assert.IsType<ChatStreamException>(call.Translate(rejection, null));
        Assert.Equal((error, true, 1), (failure.Error, failure.IsTransient, failure.AttemptCount));
        Assert.Equal($"The resilience pipeline rejected the request: {rejection.Message}", failure.Message);
        Assert.Same(rejection, failure.InnerException);
    }

    [Theory]
    [MemberData(nameof(Rejections))]
    public void A_rejection_by_a_handler_of_the_http_client_is_named(ExecutionRejectedException rejection, ChatStreamError error)
    {
        using CallContext call = Calls.Create(attempts: 1);
        using var watch = new ReadWatch(call.Options.TimeProvider, call.Options.Timeouts, call.Token);
        ChatStreamException failure = Assert.IsType<ChatStreamException>(call.Translate(rejection, watch));
        Assert.Equal((error, true, 1), (failure.Error, failure.IsTransient, failure.AttemptCount));
        Assert.StartsWith(
            $"A resilience handler of the HttpClient ended the request with {rejection.GetType().Name}: {rejection.Message}",
            failure.Message,
            StringComparison.Ordinal);
        Assert.Same(rejection, failure.InnerException);
    }

    [Theory]
    [MemberData(nameof(Rejections))]
    public void After_a_handler_has_sent_requests_again_its_rejection_is_not_transient(ExecutionRejectedException rejection, ChatStreamError error)
    {
        using CallContext call = Calls.Create(attempts: 1);
        call.AddResends(2);
        using var watch = new ReadWatch(call.Options.TimeProvider, call.Options.Timeouts, call.Token);
        ChatStreamException failure = Assert.IsType<ChatStreamException>(call.Translate(rejection, watch));
        Assert.Equal((error, false), (failure.Error, failure.IsTransient));
        Assert.Contains("Requests were sent again by such a handler: 2.", failure.Message, StringComparison.Ordinal);
        Assert.True(Assert.IsType<ChatStreamException>(call.Translate(rejection, null)).IsTransient); // by the caller's own pipeline
    }

    [Fact]
    public void After_the_disposal_of_the_client_any_exception_is_that_with_the_partial_answer()
    {
        var options = new LlmStreamOptions { Provider = Calls.Provider };
        using var disposed = new CancellationTokenSource();
        using var call = new CallContext(options, ApiKey.Resolve(Calls.Key, Calls.Provider), _caller.Token, disposed.Token);
        disposed.Cancel();
        var partial = new ChatStreamResult { Choices = [new ChatChoice { Text = "The sky" }] };

        var lost = new ChatStreamException(ChatStreamError.Connection, "Lost.") { Partial = partial };
        ChatStreamException failure = Assert.IsType<ChatStreamException>(call.Translate(lost, null));
        Assert.Equal((ChatStreamError.ClientDisposed, false, "The sky"), (failure.Error, failure.IsTransient, failure.Partial.Text));
        failure = Assert.IsType<ChatStreamException>(call.Translate(new OperationCanceledException(), null));
        Assert.Equal((ChatStreamError.ClientDisposed, ""), (failure.Error, failure.Partial.Text));
    }

    [Fact]
    public void Other_exceptions_are_passed_on()
    {
        using CallContext call = Calls.Create();
        Assert.Null(call.Translate(new InvalidOperationException(), null));
    }

    private CallContext Create(LlmTimeoutOptions budgets, int attempts = 0, CancellationToken cancellationToken = default) => Calls.Create(
        options => (options.TimeProvider, options.Timeouts) = (_time, budgets), attempts, cancellationToken);

    private static void AssertTimeout(ChatStreamError error, string message, CallContext call, ReadWatch watch)
    {
        Assert.True(watch.Token.IsCancellationRequested);
        ChatStreamException failure = Assert.IsType<ChatStreamException>(call.Translate(new OperationCanceledException(), watch));
        Assert.Equal((error, true, 1, message), (failure.Error, failure.IsTransient, failure.AttemptCount, failure.Message));
    }
}
