using System.Net;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience.Fallback;

public class ProviderCircuitTests
{
    private static readonly string Answer = StubServer.Stream("a");

    private static readonly LlmCircuitBreakerOptions AfterTwo = new() { MinimumThroughput = 2 };

    private readonly FakeTimeProvider _time = new() { SkipDelays = true };
    private readonly StubServer _server = new();

    [Fact]
    public async Task A_provider_that_keeps_failing_is_skipped_by_all_clients_until_it_is_tried_again()
    {
        using LlmStreamClient one = Create(), two = Create();
        _server.Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer).Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
        await one.ReadAsync();
        await two.ReadAsync();
        Assert.Equal(["first", "second", "first", "second"], _server.Hosts());

        _server.Streams(Answer).Streams(Answer);
        (_, ChatStreamResult skipped) = await one.ReadAsync();
        await two.ReadAsync();
        Assert.Equal(["second", "second"], _server.Hosts()[4..]);
        Assert.Equal([(1, "second")], skipped.Attempts.Select(attempt => (attempt.Number, attempt.Provider))); // nothing was sent to the first

        _time.Advance(TimeSpan.FromSeconds(31));
        _server.Streams(Answer).Streams(Answer);
        await one.ReadAsync();
        await two.ReadAsync();
        Assert.Equal(["first", "first"], _server.Hosts()[6..]);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_counts_too()
    {
        // It has begun, which is a success, and broken off, which is a failure.
        using LlmStreamClient client = Create(o => o.CircuitBreaker = AfterTwo with { MinimumThroughput = 4 });
        string head = StubServer.Chunk("The sky ");
        _server.Streams(head).Streams(Answer).Streams(head).Streams(Answer).Streams(Answer);
        await client.ReadAsync();
        await client.ReadAsync();
        await client.ReadAsync();
        Assert.Equal(["first", "second", "first", "second", "second"], _server.Hosts());
    }

    [Fact]
    public async Task A_circuit_that_opens_during_the_retries_ends_them()
    {
        using LlmStreamClient client = Create(o => o.Retry = new LlmRetryOptions { MaxRetries = 3 });
        _server.Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
        await client.ReadAsync();
        Assert.Equal(["first", "first", "second"], _server.Hosts());
    }

    [Fact]
    public async Task An_open_circuit_does_not_fail_a_call()
    {
        using LlmStreamClient client = Create();
        for (int i = 0; i < 4; i++) _server.Answers(HttpStatusCode.ServiceUnavailable);
        for (int i = 0; i < 2; i++) await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());

        // Both are open. The last one is used.
        _server.Streams(Answer);
        await client.ReadAsync();
        Assert.Equal("second", _server.Hosts()[^1]);
    }

    [Fact]
    public async Task A_call_whose_answer_is_continued_uses_the_last_provider_though_its_circuit_is_open()
    {
        using LlmStreamClient client = Create(o => o.Retry = new LlmRetryOptions { MaxRetries = 2 });
        string head = StubServer.Chunk("The sky ");
        _server.Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.ServiceUnavailable) // opens the first
            .Streams(head).Streams(StubServer.Chunk("is ")) // opens the second
            .Streams(StubServer.Stream("blue."));
        (_, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(["first", "first", "second", "second", "second"], _server.Hosts());
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)] // concerns one key
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task Errors_that_concern_one_caller_do_not_count(HttpStatusCode status)
    {
        using LlmStreamClient client = Create();
        for (int i = 0; i < 3; i++)
        {
            _server.Answers(status).Streams(Answer);
            await client.ReadAsync();
        }

        Assert.Equal(["first", "second", "first", "second", "first", "second"], _server.Hosts());
    }

    [Fact]
    public async Task It_can_be_turned_off_and_needs_fallbacks()
    {
        using LlmStreamClient off = Create(o => o.CircuitBreaker = LlmCircuitBreakerOptions.Off);
        for (int i = 0; i < 3; i++)
        {
            _server.Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
            await off.ReadAsync();
        }

        using LlmStreamClient alone = Create(o => o.Fallbacks.Clear());
        for (int i = 0; i < 3; i++)
        {
            _server.Answers(HttpStatusCode.ServiceUnavailable);
            await Assert.ThrowsAsync<ChatStreamException>(() => alone.ReadAsync());
        }

        Assert.Equal(9, _server.Requests.Count);
    }

    [Fact]
    public async Task The_callers_choice_sees_the_last_failure()
    {
        var failures = new List<ChatStreamException>();
        using LlmStreamClient client = Create(o => o.SelectFallback = context =>
        {
            failures.Add(context.Exception);
            return context.Default;
        });
        for (int i = 0; i < 2; i++) _server.Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
        _server.Streams(Answer);
        for (int i = 0; i < 3; i++) await client.ReadAsync();
        Assert.Equal(3, failures.Count);
        Assert.Equal((ChatStreamError.ServerError, HttpStatusCode.ServiceUnavailable), (failures[2].Error, failures[2].StatusCode));
        Assert.Contains("keeps failing", failures[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmCircuitBreakerOptions { FailureRatio = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmCircuitBreakerOptions { FailureRatio = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmCircuitBreakerOptions { MinimumThroughput = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmCircuitBreakerOptions { BreakDuration = TimeSpan.FromSeconds(0.4) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmCircuitBreakerOptions { SamplingDuration = TimeSpan.FromDays(2) });
        var defaults = new LlmCircuitBreakerOptions();
        Assert.Equal((0.5, 6, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30)), (defaults.FailureRatio, defaults.MinimumThroughput, defaults.SamplingDuration, defaults.BreakDuration));
    }

    private LlmStreamClient Create(Action<LlmStreamOptions>? configure = null) => Providers.Client(
        _server,
        options =>
        {
            options.TimeProvider = _time;
            options.CircuitBreaker = AfterTwo;
            configure?.Invoke(options);
        },
        Providers.Second);
}
