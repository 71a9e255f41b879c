using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Resilience;

/// <summary>The time budgets of a call, as a caller sees them.</summary>
public class TimeBudgetTests
{
    private static readonly JsonObject Body = new() { ["model"] = "m-1" };

    private readonly FakeTimeProvider _time = new();
    private readonly LiveStream _stream = new();

    private LlmStreamClient Client(StubServer server, LlmTimeoutOptions budgets) => server.Client(options =>
    {
        options.TimeProvider = _time;
        options.Timeouts = budgets;
        options.Retry = LlmRetryOptions.Off;
    });

    private static readonly LlmTimeoutOptions None = new()
    {
        FirstDelta = Timeout.InfiniteTimeSpan,
        IdleBytes = Timeout.InfiniteTimeSpan,
        IdleDeltas = Timeout.InfiniteTimeSpan,
    };

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public async Task The_first_delta_has_a_budget_even_if_the_headers_never_arrive()
    {
        Task<ChatDelta> first = FirstAsync(Client(new StubServer().Hangs(), None with { FirstDelta = Seconds(5) }));

        await _time.TimerSetAsync(Seconds(5));
        _time.Advance(Seconds(4.9));
        Assert.False(first.IsCompleted);
        _time.Advance(Seconds(0.1));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => first);
        Assert.Equal(ChatStreamError.FirstDeltaTimeout, failure.Error);
        Assert.True(failure.IsTransient);
        Assert.Equal(1, failure.AttemptCount);
    }

    [Fact]
    public async Task Comments_do_not_extend_the_budget_of_the_first_delta()
    {
        Task<ChatDelta> first = FirstAsync(Client(new StubServer().Streams(_stream), None with { FirstDelta = Seconds(5) }));

        await _time.TimerSetAsync(Seconds(5));
        for (int i = 0; i < 5; i++)
        {
            await _stream.WriteAndBeReadAsync(": keep-alive\n\n");
            _time.Advance(Seconds(1));
        }

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => first);
        Assert.Equal(ChatStreamError.FirstDeltaTimeout, failure.Error);
    }

    [Fact]
    public async Task A_timeout_of_the_first_delta_is_retried()
    {
        var server = new StubServer().Hangs().Streams(StubServer.Stream("Hello"));
        LlmStreamClient client = server.Client(options =>
        {
            options.TimeProvider = _time;
            options.Timeouts = None with { FirstDelta = Seconds(5) };
            options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero };
        });

        Task<ChatDelta> first = FirstAsync(client);
        await _time.TimerSetAsync(Seconds(5));
        _time.Advance(Seconds(5));
        Assert.Equal("Hello", (await first).Text);
    }

    [Fact]
    public async Task A_silent_connection_has_a_budget()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None with { IdleBytes = Seconds(5) });
        _stream.Write(StubServer.Chunk("Hel"));
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());

        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await _time.TimerSetAsync(Seconds(5));
        _time.Advance(Seconds(4));
        await _stream.WriteAndBeReadAsync(": keep-alive\n\n"); // a comment is data
        _time.Advance(Seconds(1));
        Assert.False(next.IsCompleted);
        await _time.TimerSetAsync(Seconds(4));
        _time.Advance(Seconds(4));

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => next);
        Assert.Equal(ChatStreamError.IdleTimeout, failure.Error);
        Assert.Equal("Hel", failure.Partial.Text);
    }

    [Fact]
    public async Task Comments_do_not_extend_the_budget_of_the_next_delta()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None with { IdleBytes = Seconds(5), IdleDeltas = Seconds(8) });
        _stream.Write(StubServer.Chunk("Hel"));
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());

        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await _time.TimerSetAsync(Seconds(5));
        for (int i = 0; i < 4; i++)
        {
            await _stream.WriteAndBeReadAsync(": keep-alive\n\n");
            _time.Advance(Seconds(2));
        }

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => next);
        Assert.Equal(ChatStreamError.StalledTimeout, failure.Error);
        Assert.Equal("Hel", failure.Partial.Text);
    }

    [Fact]
    public async Task The_time_of_the_consumer_is_not_counted_as_silence()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None with { FirstDelta = Seconds(5), IdleBytes = Seconds(5), IdleDeltas = Seconds(5) });
        _stream.Write(StubServer.Chunk("Hel"));
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());

        _time.Advance(TimeSpan.FromHours(1));
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await _time.TimerSetAsync(Seconds(5));
        _stream.Write(StubServer.Stream("lo"));
        Assert.True(await next);
        Assert.Equal("lo", deltas.Current.Text);
    }

    [Fact]
    public async Task The_whole_call_has_a_budget()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None with { Total = Seconds(30) });
        _stream.Write(StubServer.Chunk("Hel"));
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        _time.Advance(Seconds(29));
        _stream.Write(StubServer.Chunk("lo"));
        Assert.True(await deltas.MoveNextAsync());

        Task<bool> next = deltas.MoveNextAsync().AsTask();
        _time.Advance(Seconds(1));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => next);
        Assert.Equal(ChatStreamError.TotalTimeout, failure.Error);
        Assert.False(failure.IsTransient);
        Assert.Equal("Hello", failure.Partial.Text);
    }

    [Fact]
    public async Task The_whole_call_includes_the_delay_before_a_retry()
    {
        var server = new StubServer().Answers(System.Net.HttpStatusCode.TooManyRequests, headers: ("Retry-After", "50"));
        LlmStreamClient client = server.Client(options =>
        {
            options.TimeProvider = _time;
            options.Timeouts = None with { Total = Seconds(30) };
        });

        Task<ChatDelta> first = FirstAsync(client);
        await _time.TimerSetAsync(Seconds(50));
        _time.Advance(Seconds(30));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => first);
        Assert.Equal(ChatStreamError.TotalTimeout, failure.Error);
    }

    [Fact]
    public async Task Silence_after_the_finish_reason_ends_the_answer()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None with { IdleBytes = Seconds(5) });
        _stream.Write("""data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}""" + "\n\n");
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());

        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await _time.TimerSetAsync(Seconds(5));
        _time.Advance(Seconds(5));
        Assert.False(await next);
    }

    [Fact]
    public async Task The_end_marker_ends_the_answer_even_if_the_connection_stays_open()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None);
        _stream.Write(StubServer.Stream("Hello"));

        var text = new List<string>();
        await foreach (ChatDelta delta in client.StreamAsync(Body)) text.Add(delta.Text);
        Assert.Equal(["Hello", ""], text);
        await _time.TimerSetAsync(ResponseEnding.MaxWaitForEnd); // the end of the body is awaited in the background
        _time.Advance(ResponseEnding.MaxWaitForEnd);
        await _stream.Disposed;
    }

    [Fact]
    public async Task Nothing_is_read_ahead_of_the_consumer()
    {
        LlmStreamClient client = Client(new StubServer().Streams(_stream), None);
        _stream.Write(StubServer.Chunk("a"));
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync(Body).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        int reads = _stream.Reads;
        _stream.Write(StubServer.Chunk("b"));
        _stream.Write(StubServer.Chunk("c"));

        await Task.Yield();
        Assert.Equal(reads, _stream.Reads);
        foreach (string text in new[] { "b", "c" })
        {
            // In DEBUG, the buffer is so small that an event takes several reads.
            Assert.True(await deltas.MoveNextAsync());
            Assert.Equal(text, deltas.Current.Text);
            Assert.True(_stream.Reads > reads, "The event was read before it was asked for.");
            reads = _stream.Reads;
        }
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_has_its_own_error()
    {
        var handler = new StubServer().Throws(new HttpRequestException(HttpRequestError.ConnectionError, "no", new ConnectTimeoutException("llm.test", 443, TimeSpan.FromSeconds(15))));

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => FirstAsync(Client(handler, None)));
        Assert.Equal(ChatStreamError.ConnectTimeout, failure.Error);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public void Options_are_validated_when_they_are_set()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmTimeoutOptions { FirstDelta = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmTimeoutOptions { Total = TimeSpan.FromSeconds(-2) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmRetryOptions { MaxRetries = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChatReadOptions { MaxEventBytes = 0 });
    }

    private static async Task<ChatDelta> FirstAsync(LlmStreamClient client)
    {
        await foreach (ChatDelta delta in client.StreamAsync(Body)) return delta;
        throw new InvalidOperationException("The stream was empty.");
    }
}
