using System.Net;
using LlmStream.Tests.Fakes;
using LlmStream.Tests.Resilience.Fallback;

namespace LlmStream.Tests.Resilience.Hedging;

/// <summary>Hedged requests, under a clock that the test advances.</summary>
public sealed class HedgingTests
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(3);

    private const string Role = """data: {"id":"c-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""" + "\n\n";

    private const string Usage = """data: {"id":"c-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}}""" + "\n\n";

    private readonly FakeTimeProvider _time = new();
    private readonly HedgeServer _server = new();

    [Fact]
    public async Task The_fallback_is_asked_when_no_delta_has_come_in_time_and_the_first_delta_wins()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        first.Respond().Write(": ping\n\n");
        HedgeRequest second = await HedgedAsync();
        second.Respond().Write(StubServer.Stream("b"));
        (List<ChatDelta> deltas, ChatStreamResult result) = await read;

        Assert.Equal(["first", "second"], [first.Host, second.Host]);
        Assert.Equal("b", result.Text);
        await first.Closed; // its connection
        Assert.All(deltas, delta => Assert.Equal(("second", 2), (delta.Stream.Provider, delta.Stream.Attempt)));
        Assert.All(deltas, delta => Assert.Null(delta.Seam));
        Assert.Equal(
            [(1, "first", false, true), (2, "second", true, false)],
            result.Attempts.Select(a => (a.Number, a.Provider, a.IsHedge, a.IsCanceled)));
        Assert.All(result.Attempts, attempt => Assert.Null(attempt.Usage));
    }

    [Fact]
    public async Task The_first_provider_wins_if_it_answers_after_all()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        second.Respond().Write(": ping\n\n");
        first.Respond().Write(StubServer.Stream("a"));
        (List<ChatDelta> deltas, ChatStreamResult result) = await read;

        Assert.Equal(("a", "first", 1), (result.Text, deltas[0].Stream.Provider, deltas[0].Stream.Attempt));
        await second.Closed;
        Assert.Equal(
            [(1, "first", false, false), (2, "second", true, true)],
            result.Attempts.Select(a => (a.Number, a.Provider, a.IsHedge, a.IsCanceled)));
        Assert.True(result.IsComplete);
    }

    [Fact]
    public async Task Nothing_is_hedged_if_the_first_delta_comes_in_time()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        await _time.TimerSetAsync(After);
        LiveStream body = first.Respond();
        body.Write(StubServer.Chunk("a"));
        await _time.TimerGoneAsync(After);
        _time.Advance(After + After);
        body.Write(StubServer.Stream("b"));
        Assert.Equal("ab", (await read).Result.Text);
        Assert.Equal(1, _server.Count);
    }

    [Theory]
    [InlineData(Role)]
    [InlineData(Usage)]
    [InlineData(": ping\n\nevent: ping\ndata: {}\n\n")]
    public async Task What_is_no_answer_neither_prevents_a_hedge_nor_wins(string events)
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        first.Respond().Write(events);
        HedgeRequest second = await HedgedAsync();
        LiveStream body = second.Respond();
        await body.WriteAndBeReadAsync(events);
        Assert.False(read.IsCompleted);
        body.Write(StubServer.Stream("b"));
        Assert.Equal("b", (await read).Result.Text);
        await first.Closed;
    }

    [Fact]
    public async Task An_error_does_not_win()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        int timers = _time.TimerCount;
        second.Fail(HttpStatusCode.ServiceUnavailable);
        await _time.FewerTimersAsync(timers); // the second attempt has ended
        LiveStream body = first.Respond();
        await body.WriteAndBeReadAsync(Role);
        Assert.False(read.IsCompleted);
        body.Write(StubServer.Stream("a"));
        (_, ChatStreamResult result) = await read;
        Assert.Equal("a", result.Text);
        Assert.Equal([(1, null), (2, ChatStreamError.ServerError)], result.Attempts.Select(attempt => (attempt.Number, attempt.Error)));
    }

    [Theory]
    [InlineData("")] // truncated
    [InlineData("data: [DONE]\n\n")]
    [InlineData(Role + StubServer.Finish)] // complete, and empty
    public async Task An_empty_stream_does_not_win(string events)
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        LiveStream empty = second.Respond();
        await empty.WriteAndBeReadAsync(": ping\n\n");
        empty.Write(events);
        empty.End();
        if (!events.EndsWith(StubServer.Finish, StringComparison.Ordinal)) await second.Closed; // a complete one is kept
        Assert.False(read.IsCompleted);
        first.Respond().Write(StubServer.Stream("a"));
        Assert.Equal("a", (await read).Result.Text);
    }

    [Fact]
    public async Task An_answer_that_is_complete_and_empty_is_delivered_if_the_other_fails()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        second.Respond().Write(Role + StubServer.Finish);
        first.Fail(HttpStatusCode.ServiceUnavailable);
        (_, ChatStreamResult result) = await read;
        Assert.True(result.IsComplete);
        Assert.Equal([ChatStreamError.ServerError, null], result.Attempts.Select(attempt => attempt.Error));
    }

    [Fact]
    public async Task If_both_fail_the_next_fallback_gets_the_request()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync(null, Providers.Second, Providers.Third);
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        first.Fail(HttpStatusCode.ServiceUnavailable);
        second.Fail(HttpStatusCode.ServiceUnavailable);
        HedgeRequest third = await _server.NextAsync();
        Assert.Equal("third", third.Host);
        third.Respond().Write(Providers.AnthropicAnswer);
        (_, ChatStreamResult result) = await read;
        Assert.Equal(("blue.", 3), (result.Text, result.Attempts.Count));
    }

    [Fact]
    public async Task Without_fallbacks_the_same_provider_is_asked_again_within_its_budget()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync(o => o.Fallbacks.Clear());
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        Assert.Equal("first", second.Host);
        second.Respond().Write(StubServer.Stream("b"));
        Assert.Equal("b", (await read).Result.Text);
        await first.Closed;
    }

    [Fact]
    public async Task A_fallback_that_lost_can_still_take_over()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        LiveStream body = first.Respond();
        body.Write(StubServer.Chunk("The sky "));
        await second.Closed;
        body.End();
        HedgeRequest third = await _server.NextAsync();
        Assert.Equal("second", third.Host);
        third.Respond().Write(StubServer.Stream("is blue."));
        (_, ChatStreamResult result) = await read;
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(
            [(1, false, ChatStreamError.Truncated), (2, true, null), (3, false, null)],
            result.Attempts.Select(a => (a.Number, a.IsCanceled, a.Error)));
    }

    [Fact]
    public async Task Nothing_is_hedged_after_the_first_delta_nor_when_an_answer_is_resumed()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync(o => o.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero });
        LiveStream body = (await _server.NextAsync()).Respond();
        await body.WriteAndBeReadAsync(StubServer.Chunk("The sky "));
        _time.Advance(After + After);
        body.End();
        HedgeRequest resumed = await _server.NextAsync();
        _time.Advance(After + After);
        resumed.Respond().Write(StubServer.Stream("is blue."));
        Assert.Equal("The sky is blue.", (await read).Result.Text);
        Assert.Equal(2, _server.Count);
    }

    [Fact]
    public async Task A_failure_in_time_is_no_reason_to_hedge()
    {
        Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> read = StartAsync();
        (await _server.NextAsync()).Fail(HttpStatusCode.Unauthorized);
        LiveStream body = (await _server.NextAsync()).Respond();
        body.Write(StubServer.Stream("b"));
        body.End();
        (_, ChatStreamResult result) = await read;
        Assert.Equal([false, false], result.Attempts.Select(attempt => attempt.IsHedge));
        await _time.NoTimersAsync();
    }

    [Fact]
    public async Task Cancelling_closes_both_connections()
    {
        using var caller = new CancellationTokenSource();
        using LlmStreamClient client = Create(null, Providers.Second);
        Task read = client.StreamAsync("Why?", cancellationToken: caller.Token).CollectAsync();
        HedgeRequest first = await _server.NextAsync();
        HedgeRequest second = await HedgedAsync();
        first.Respond();
        second.Respond();
        await caller.CancelAsync();
        ChatStreamCanceledException canceled = await Assert.ThrowsAnyAsync<ChatStreamCanceledException>(() => read);
        Assert.Equal([true, true], canceled.Partial.Attempts.Select(attempt => attempt.IsCanceled));
        await first.Closed;
        await second.Closed;
        await _time.NoTimersAsync();
    }

    [Fact]
    public void The_option_is_checked_and_off_by_default()
    {
        Assert.Null(new LlmStreamOptions().HedgeAfter);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmStreamOptions { HedgeAfter = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmStreamOptions { HedgeAfter = TimeSpan.FromDays(2) });
    }

    private LlmStreamClient Create(Action<LlmStreamOptions>? configure, params LlmProvider[] fallbacks)
    {
        var options = new LlmStreamOptions
        {
            Provider = Providers.First,
            TimeProvider = _time,
            HedgeAfter = After,
            Retry = LlmRetryOptions.Off,
            Timeouts = new LlmTimeoutOptions
            {
                FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = Timeout.InfiniteTimeSpan, IdleDeltas = Timeout.InfiniteTimeSpan,
            },
        };
        foreach (LlmProvider fallback in fallbacks) options.Fallbacks.Add(Providers.Fallback(fallback));
        configure?.Invoke(options);
        return new LlmStreamClient(new HttpClient(_server, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }, options);
    }

    private Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> StartAsync() => StartAsync(null, Providers.Second);

    private async Task<(List<ChatDelta> Deltas, ChatStreamResult Result)> StartAsync(
        Action<LlmStreamOptions>? configure, params LlmProvider[] fallbacks)
    {
        using LlmStreamClient client = Create(configure, fallbacks.Length == 0 ? [Providers.Second] : fallbacks);
        return await client.ReadAsync();
    }

    /// <summary>Advances the clock until the request is hedged.</summary>
    private async Task<HedgeRequest> HedgedAsync()
    {
        await _time.TimerSetAsync(After);
        _time.Advance(After - TimeSpan.FromTicks(1));
        int count = _server.Count;
        await _time.TimerSetAsync(TimeSpan.FromTicks(1));
        Assert.Equal(count, _server.Count);
        _time.Advance(TimeSpan.FromTicks(1));
        return await _server.NextAsync();
    }
}
