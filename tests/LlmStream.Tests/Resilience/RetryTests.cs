using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using Polly;
using Polly.Retry;

namespace LlmStream.Tests.Resilience;

/// <summary>Retries before the first delta, as a caller sees them.</summary>
public class RetryTests
{
    private static readonly JsonObject Body = new() { ["model"] = "m-1", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Hi" }) };

    [Theory]
    [InlineData(408)]
    [InlineData(409)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(529)]
    public async Task A_transient_status_is_retried(int status)
    {
        var server = new StubServer().Answers((HttpStatusCode)status).Streams(StubServer.Stream("Hello"));

        Assert.Equal("Hello", await TextOf(server.Client()));
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task Another_status_is_not_retried(int status)
    {
        var server = new StubServer().Answers((HttpStatusCode)status);

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(server.Client()));
        Assert.Equal((HttpStatusCode)status, failure.StatusCode);
        Assert.False(failure.IsTransient);
        Assert.Equal(1, failure.AttemptCount);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_server_may_forbid_or_request_a_retry()
    {
        var forbids = new StubServer().Answers(HttpStatusCode.InternalServerError, headers: ("x-should-retry", "false"));
        await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(forbids.Client()));
        Assert.Single(forbids.Requests);

        var asks = new StubServer().Answers(HttpStatusCode.BadRequest, headers: ("x-should-retry", "true")).Streams(StubServer.Stream("Hello"));
        Assert.Equal("Hello", await TextOf(asks.Client()));
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_not_retried()
    {
        var server = new StubServer().Answers(HttpStatusCode.TooManyRequests, """{"error":{"message":"The quota is used up.","code":"insufficient_quota"}}""");

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(server.Client()));
        Assert.Equal(ChatStreamError.RateLimited, failure.Error);
        Assert.Equal("insufficient_quota", failure.ProviderCode);
        Assert.Single(server.Requests);
    }

    public static TheoryData<string> BodiesWithoutAnAnswer => new()
    {
        "",
        ": keep-alive\n\n: keep-alive\n\n",
        """data: {"error":{"message":"Overloaded.","type":"overloaded_error"}}""" + "\n\n",
        """data: {"error":{"message":"Bad gateway","code":502}}""" + "\n\n",
        "event: error\ndata: {\"error\":{\"message\":\"Slow down.\",\"status_code\":429}}\n\n",
        """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""" + "\n\n",
        """{"error":{"message":"Try again.","type":"server_error"}}""",
    };

    [Theory]
    [MemberData(nameof(BodiesWithoutAnAnswer))]
    public async Task A_stream_that_fails_before_its_answer_begins_is_retried(string body)
    {
        var server = new StubServer().Streams(body).Streams(StubServer.Stream("Hel", "lo"));

        Assert.Equal("Hello", await TextOf(server.Client()));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_connection_failure_is_retried()
    {
        var server = new StubServer()
            .Throws(new HttpRequestException(HttpRequestError.ConnectionError, "refused"))
            .Throws(new HttpRequestException(HttpRequestError.NameResolutionError, "who?"))
            .Streams(StubServer.Stream("Hello"));

        Assert.Equal("Hello", await TextOf(server.Client()));
    }

#if !LIBRARY_FOR_NETSTANDARD
    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_not_retried()
    {
        var server = new StubServer().Throws(new HttpRequestException(HttpRequestError.SecureConnectionError, "untrusted"));

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(server.Client()));
        Assert.Equal(ChatStreamError.Connection, failure.Error);
        Assert.Single(server.Requests);
    }
#endif

    [Fact]
    public async Task After_the_first_delta_nothing_is_retried()
    {
        var server = new StubServer().Streams(StubServer.Chunk("Hel"));

        var text = new List<string>();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in server.Client(options => options.Resume = LlmResumeOptions.Off).StreamAsync(Body)) text.Add(delta.Text);
        });
        Assert.Equal(["Hel"], text);
        Assert.Equal(ChatStreamError.Truncated, failure.Error);
        Assert.Equal("Hel", failure.Partial.Text);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_delays_double_with_jitter_up_to_a_limit()
    {
        var time = new FakeTimeProvider { SkipDelays = true };
        var server = new StubServer();
        for (int i = 0; i < 7; i++) server.Answers(HttpStatusCode.ServiceUnavailable);
        server.Streams(StubServer.Stream("Hello"));

        await TextOf(server.Client(options =>
        {
            options.TimeProvider = time;
            options.Retry = new LlmRetryOptions { MaxRetries = 7, BaseDelay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(10) };
        }));

        Assert.Equal(7, time.Delays.Count);
        Assert.All(time.Delays, delay => Assert.InRange(delay, TimeSpan.Zero, TimeSpan.FromSeconds(10)));
        Assert.True(time.Delays[^1] > time.Delays[0]);
    }

    [Fact]
    public async Task The_attempts_are_counted_and_limited()
    {
        var server = new StubServer().Answers(HttpStatusCode.BadGateway).Answers(HttpStatusCode.BadGateway).Answers(HttpStatusCode.BadGateway);

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => TextOf(server.Client(options => options.Retry = new LlmRetryOptions { MaxRetries = 2 })));
        Assert.Equal(ChatStreamError.ServerError, failure.Error);
        Assert.Equal(3, failure.AttemptCount);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Retry_can_be_turned_off()
    {
        var server = new StubServer().Answers(HttpStatusCode.BadGateway);

        await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(server.Client(options => options.Retry = LlmRetryOptions.Off)));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("Retry-After", "7", 7_000)]
    [InlineData("retry-after-ms", "1500", 1_500)]
    [InlineData("Retry-After", "Sat, 21 Nov 2026 12:00:09 GMT", 9_000)]
    [InlineData("Retry-After", "0.5", 500)]
    [InlineData("Retry-After", "45", 45_000)] // longer than MaxDelay, which limits only the delays of the client
    public async Task The_delay_that_the_server_asks_for_is_used(string header, string value, int milliseconds)
    {
        var time = new FakeTimeProvider { SkipDelays = true };
        var server = new StubServer().Answers(HttpStatusCode.TooManyRequests, headers: (header, value)).Streams(StubServer.Stream("Hello"));

        await TextOf(server.Client(options => options.TimeProvider = time));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Assert.Single(time.Delays));
    }

    [Fact]
    public async Task A_longer_delay_than_the_limit_fails_at_once()
    {
        var time = new FakeTimeProvider { SkipDelays = true };
        var server = new StubServer().Answers(HttpStatusCode.TooManyRequests, headers: ("Retry-After", "61"));

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(server.Client(options => options.TimeProvider = time)));
        Assert.Equal(ChatStreamError.RateLimited, failure.Error);
        Assert.Equal(TimeSpan.FromSeconds(61), failure.RetryAfter);
        Assert.True(failure.IsTransient);
        Assert.Empty(time.Delays);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_limit_of_that_delay_is_an_option()
    {
        var server = new StubServer().Answers(HttpStatusCode.TooManyRequests, headers: ("Retry-After", "61")).Streams(StubServer.Stream("Hello"));

        Assert.Equal("Hello", await TextOf(server.Client(options => options.Retry = new LlmRetryOptions { MaxRetryAfter = TimeSpan.FromMinutes(2) })));
    }

    [Fact]
    public async Task The_callers_pipeline_replaces_the_retry()
    {
        int seen = 0;
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder { TimeProvider = new FakeTimeProvider { SkipDelays = true } }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                ShouldHandle = new PredicateBuilder().Handle<ChatStreamException>(failure => failure.Error == ChatStreamError.InvalidRequest),
                OnRetry = _ => { seen++; return default; },
            })
            .Build();
        var server = new StubServer().Answers(HttpStatusCode.NotFound).Streams(StubServer.Stream("Hello"));

        Assert.Equal("Hello", await TextOf(server.Client(options => options.Retry = new LlmRetryOptions { Pipeline = pipeline })));
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task A_timeout_of_the_callers_pipeline_applies_until_the_first_delta()
    {
        var time = new FakeTimeProvider();
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(TimeSpan.FromSeconds(3)).Build();
        var body = new LiveStream();
        var server = new StubServer().Streams(body).Hangs();
        LlmStreamClient client = server.Client(options => options.Retry = new LlmRetryOptions { Pipeline = pipeline });

        body.Write(StubServer.Chunk("Hel"));
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        time.Advance(TimeSpan.FromSeconds(10));
        body.Write(StubServer.Stream("lo"));
        Assert.True(await deltas.MoveNextAsync());
        Assert.Equal("lo", deltas.Current.Text);

        Task<string> hanging = TextOf(client);
        await time.TimerSetAsync(TimeSpan.FromSeconds(3));
        time.Advance(TimeSpan.FromSeconds(3));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => hanging);
        Assert.Equal(ChatStreamError.FirstDeltaTimeout, failure.Error);
    }

    [Fact]
    public async Task The_idempotency_key_is_the_same_for_all_attempts_of_a_call()
    {
        var server = new StubServer().Answers(HttpStatusCode.BadGateway).Streams(StubServer.Stream("a")).Streams(StubServer.Stream("b"));
        LlmStreamClient client = server.Client(options => options.Provider = options.Provider with { IdempotencyHeader = "Idempotency-Key" });

        await TextOf(client);
        await TextOf(client);
        string[] keys = [.. server.Requests.Select(request => request.Headers.GetValues("Idempotency-Key").Single())];
        Assert.Equal(keys[0], keys[1]);
        Assert.NotEqual(keys[1], keys[2]);
    }

    [Fact]
    public async Task The_number_of_the_attempt_is_in_its_deltas()
    {
        var server = new StubServer().Answers(HttpStatusCode.BadGateway).Streams(StubServer.Stream("a"), ("x-request-id", "req-2"));

        await foreach (ChatDelta delta in server.Client().StreamAsync(Body))
        {
            Assert.Equal(2, delta.Stream.Attempt);
            Assert.Equal("req-2", delta.Stream.RequestId);
        }
    }

    private static async Task<string> TextOf(LlmStreamClient client)
    {
        var text = new System.Text.StringBuilder();
        await foreach (ChatDelta delta in client.StreamAsync(Body)) text.Append(delta.Text);
        return text.ToString();
    }
}
