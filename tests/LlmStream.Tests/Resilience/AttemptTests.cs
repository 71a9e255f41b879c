using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Resilience;

/// <summary>One attempt: when it has started, what it delivers, and how it ends.</summary>
public class AttemptTests
{
    private const string Role = """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""" + "\n\n";
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":1}}""" + "\n\n";
    private const string Created = """data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}""" + "\n\n";
    private const string Text = """data: {"type":"response.output_text.delta","sequence_number":1,"item_id":"m","output_index":0,"content_index":0,"delta":"Hello"}""" + "\n\n";
    private const string Completed = """data: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","status":"completed"}}""" + "\n\n";
    private const string Failed = """data: {"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"No"}}}""" + "\n\n";

    private readonly StubServer _server = new();

    public static TheoryData<string> Starts =>
    [
        StubServer.Chunk("Hel"),
        """data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""" + "\n\n",
        """data: {"choices":[{"index":0,"delta":{"refusal":"I"}}]}""" + "\n\n",
        """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f"}}]}}]}""" + "\n\n",
        """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\ndata: {{\n\n",
        Usage,
    ];

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task An_attempt_has_started_with_the_first_content(string body)
    {
        await using Attempt attempt = await StartAsync(_server.Streams(body));
        Assert.True(attempt.TryTake(out _));
        Assert.False(attempt.TryTake(out _));
        ChatStreamException failure = await FailAsync(attempt);
        Assert.Equal(1, failure.AttemptCount);
    }

    public static TheoryData<string> NoStarts =>
    [
        "",
        ": ping\n\n",
        Role,
        Role + Role,
        """data: {"choices":[{"index":0,"delta":{"role":"assistant"}}],"usage":{"prompt_tokens":1}}""" + "\n\n", // usage with the role
    ];

    [Theory]
    [MemberData(nameof(NoStarts))]
    public async Task An_attempt_that_breaks_off_before_its_first_content_has_failed(string body)
    {
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => StartAsync(_server.Streams(body)));
        Assert.Equal((ChatStreamError.Truncated, true, 1), (failure.Error, failure.IsTransient, failure.AttemptCount));
    }

    [Fact]
    public async Task An_answer_that_is_complete_without_content_has_not_failed()
    {
        await using Attempt attempt = await StartAsync(_server.Streams(Role + "data: [DONE]\n\n"));
        Assert.True(attempt.TryTake(out _));
        Assert.False(await attempt.ReadAsync());
        Assert.False(await attempt.ReadAsync());
    }

    [Fact]
    public async Task Deltas_before_the_first_content_are_delivered_first()
    {
        await using Attempt attempt = await StartAsync(_server.Streams(Role + Role.Replace("\"content\":\"\"", "\"content\":\"a\"", StringComparison.Ordinal) + StubServer.Stream("b")));
        Assert.True(attempt.TryTake(out ChatDelta? delta));
        Assert.Equal(("", true), (delta.Text, delta.Role is not null));
        Assert.True(attempt.TryTake(out delta));
        Assert.Equal("a", delta.Text);
        Assert.True(await attempt.ReadAsync());
        Assert.True(attempt.TryTake(out delta));
        Assert.Equal("b", delta.Text);
    }

    [Fact]
    public async Task Deltas_before_a_failure_are_delivered_before_it()
    {
        string two = """data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}""" + "\n\n";
        await using Attempt attempt = await StartAsync(_server.Streams(StubServer.Chunk("x") + two + "data: {{\n\n"));
        string text = "";
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            do
            {
                while (attempt.TryTake(out ChatDelta? delta)) text += delta.Text;
            }
            while (await attempt.ReadAsync());
        });
        Assert.Equal(("xab", ChatStreamError.MalformedEvent), (text, failure.Error));
        Assert.Equal(ChatStreamError.MalformedEvent, (await FailAsync(attempt)).Error); // and again
    }

    [Fact]
    public async Task Deltas_with_text_or_reasoning_are_counted()
    {
        const string Reasoning = """data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""" + "\n\n";
        await using Attempt attempt = await StartAsync(_server.Streams(Role + Reasoning + Reasoning + StubServer.Stream("a")));
        do
        {
            while (attempt.TryTake(out _))
            {
                // Only the count matters.
            }
        }
        while (await attempt.ReadAsync());
        Assert.Equal(3, attempt.OutputDeltas);
    }

    [Fact]
    public async Task After_a_failure_the_connection_is_closed_without_waiting_for_the_end()
    {
        using CallContext call = Calls.Create(options => options.TimeProvider = new FakeTimeProvider());
        var body = new LiveStream();
        body.Write(StubServer.Chunk("a") + "data: {{\n\n");
        Attempt attempt = await StartAsync(_server.Streams(body), call);
        await FailAsync(attempt);
        await attempt.DisposeAsync();
        Assert.True(body.Disposed.IsCompleted);
    }

    [Fact]
    public async Task The_number_of_the_attempt_and_the_id_of_the_request_are_in_its_deltas()
    {
        using CallContext call = Calls.Create(attempts: 2);
        await using Attempt attempt = await StartAsync(_server.Streams(StubServer.Stream("a"), ("request-id", "r-1")), call);
        Assert.Equal(3, attempt.Number);
        Assert.True(attempt.TryTake(out ChatDelta? delta));
        Assert.Equal((3, "r-1"), (delta.Stream.Attempt, delta.Stream.RequestId));
    }

    [Fact]
    public async Task An_attempt_whose_request_is_refused_has_failed()
    {
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => StartAsync(_server.Answers(HttpStatusCode.ServiceUnavailable)));
        Assert.Equal((ChatStreamError.ServerError, 1), (failure.Error, failure.AttemptCount));
    }

    [Fact]
    public async Task The_token_of_the_pipeline_cancels_the_start_only()
    {
        using var pipeline = new CancellationTokenSource();
        var body = new LiveStream();
        body.Write(StubServer.Chunk("a"));
        await using Attempt attempt = await StartAsync(_server.Streams(body), cancellationToken: pipeline.Token);
        await pipeline.CancelAsync();
        Assert.True(attempt.TryTake(out _));
        body.Write(StubServer.Stream("b"));
        Assert.True(await attempt.ReadAsync());

        using var second = new CancellationTokenSource();
        Task<Attempt> starting = StartAsync(_server.Hangs(), cancellationToken: second.Token);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact]
    public async Task A_kept_answer_that_breaks_off_before_its_first_content_is_left_to_the_replay()
    {
        await using Attempt attempt = await StartKeptAsync(_server.Streams(Created));
        Assert.False(attempt.TryTake(out _));
        Assert.Equal(ChatStreamError.Truncated, (await FailAsync(attempt)).Error);
        Assert.NotNull(attempt.Paused);
    }

    [Fact]
    public async Task A_kept_answer_that_cannot_be_resumed_has_failed()
    {
        using CallContext call = Responses(options => options.Retry = LlmRetryOptions.Off);
        await Assert.ThrowsAsync<ChatStreamException>(() => StartKeptAsync(_server.Streams(Created), call));
    }

    [Fact]
    public async Task An_answer_that_has_ended_is_not_replayed()
    {
        await using Attempt attempt = await StartKeptAsync(_server.Streams(Created + Text + Completed));
        while (await attempt.ReadAsync())
        {
            while (attempt.TryTake(out _))
            {
                // Only the end counts.
            }
        }

        Assert.Null(attempt.Paused);
    }

    [Fact]
    public async Task A_replay_is_started_by_any_delta_or_by_the_failure_of_the_answer()
    {
        using CallContext call = Responses();
        await using Attempt broken = await StartKeptAsync(_server.Streams(Created + Text), call);
        while (broken.TryTake(out _))
        {
            // Taken before the replay.
        }

        await FailAsync(broken);
        ChatTransport transport = Transport(call, _server.Streams(Failed));
        await using Attempt replay = await Attempt.ReplayAsync(transport, Kept().ForReplay(null, broken.Paused!.Decoder.ReplayPoint)[0], broken.Paused!, call, TestContext.Current.CancellationToken);
        Assert.Equal(2, replay.Number);
        Assert.Equal(ChatStreamError.ProviderError, (await FailAsync(replay)).Error);
    }

    [Fact]
    public async Task A_replay_is_started_by_a_delta_without_content_too()
    {
        using CallContext call = Responses(options => options.Read = new ChatReadOptions { KeepRaw = true });
        await using Attempt broken = await StartKeptAsync(_server.Streams(Created + Text), call);
        await FailAsync(broken);
        ChatTransport transport = Transport(call, _server.Streams(Created.Replace(":0,", ":2,", StringComparison.Ordinal)));
        await using Attempt replay = await Attempt.ReplayAsync(transport, Kept().ForReplay(null, broken.Paused!.Decoder.ReplayPoint)[0], broken.Paused!, call, TestContext.Current.CancellationToken);
        Assert.True(replay.TryTake(out ChatDelta? delta));
        Assert.NotNull(delta.Raw);
    }

    [Fact]
    public async Task A_replay_that_breaks_off_at_once_has_failed()
    {
        using CallContext call = Responses();
        await using Attempt broken = await StartKeptAsync(_server.Streams(Created + Text), call);
        while (broken.TryTake(out _))
        {
            // Taken before the replay.
        }

        await FailAsync(broken);
        ChatTransport transport = Transport(call, _server.Streams(""));
        await Assert.ThrowsAsync<ChatStreamException>(
            async () => await Attempt.ReplayAsync(transport, Kept().ForReplay(null, broken.Paused!.Decoder.ReplayPoint)[0], broken.Paused!, call, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_timeout_during_the_start_has_failed_and_one_after_it_is_thrown_by_the_read()
    {
        var time = new FakeTimeProvider();
        var budgets = new LlmTimeoutOptions { FirstDelta = TimeSpan.FromSeconds(5), IdleBytes = TimeSpan.FromSeconds(3), IdleDeltas = Timeout.InfiniteTimeSpan };
        using CallContext call = Calls.Create(options => (options.TimeProvider, options.Timeouts) = (time, budgets));
        Task<Attempt> starting = StartAsync(_server.Hangs(), call);
        await time.TimerSetAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ChatStreamError.FirstDeltaTimeout, (await Assert.ThrowsAsync<ChatStreamException>(() => starting)).Error);

        var body = new LiveStream();
        body.Write(StubServer.Chunk("a"));
        await using Attempt attempt = await StartAsync(_server.Streams(body), call);
        Assert.True(attempt.TryTake(out _));
        Task<bool> reading = attempt.ReadAsync().AsTask();
        await time.TimerSetAsync(TimeSpan.FromSeconds(3));
        time.Advance(TimeSpan.FromSeconds(3));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => reading);
        Assert.Equal((ChatStreamError.IdleTimeout, "a", 2), (failure.Error, failure.Partial.Text, failure.AttemptCount));
    }

    private static ChatRequest Request() => ChatRequest.Create(new JsonObject { ["model"] = "m" }, Calls.Provider, requestUsage: false);

    private static ChatRequest Kept() =>
        ChatRequest.Create(new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = true }, LlmProvider.OpenAIResponses, requestUsage: false);

    private static CallContext Responses(Action<LlmStreamOptions>? configure = null) => Calls.Create(options =>
    {
        options.Provider = LlmProvider.OpenAIResponses;
        configure?.Invoke(options);
    });

    private static ChatTransport Transport(CallContext call, StubServer server) =>
        new(new HttpClient(server, disposeHandler: false), call.Options.Provider, ApiKey.Resolve(Calls.Key, call.Options.Provider), call.Options);

    private static async Task<Attempt> StartAsync(StubServer server, CallContext? call = null, CancellationToken cancellationToken = default)
    {
        call ??= Calls.Create();
        return await Attempt.StartAsync(Transport(call, server), Request(), call, cancellationToken);
    }

    private static async Task<Attempt> StartKeptAsync(StubServer server, CallContext? call = null)
    {
        call ??= Responses();
        return await Attempt.StartAsync(Transport(call, server), Kept(), call, TestContext.Current.CancellationToken);
    }

    private static Task<ChatStreamException> FailAsync(Attempt attempt) => Assert.ThrowsAsync<ChatStreamException>(async () =>
    {
        do
        {
            while (attempt.TryTake(out _))
            {
                // Only the failure counts.
            }
        }
        while (await attempt.ReadAsync());
    });
}
