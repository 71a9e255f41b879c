using System.Net;
using System.Net.ServerSentEvents;
using LlmStream.Tests.Fakes;
using LlmStream.Tests.Tutorials;

namespace LlmStream.Tests;

public class SseConnectionTests
{
    private const string Url = "https://events.test/";

    [Fact]
    public async Task Reconnects_after_the_end_of_the_body_with_the_id_of_the_last_event()
    {
        StubServer server = new StubServer().Streams("id: a\ndata: 1\n\ndata: 2\n\n").Streams("data: 3\n\n").Answers(HttpStatusCode.NoContent);
        var run = new Run(server);

        Assert.Equal(["message a 1", "message a 2", "message a 3"], await run.ReadAsync());
        Assert.Equal([null, "a", "a"], run.SentIds);
        Assert.Equal([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)], run.Reconnections.Select(r => r.Delay));
        Assert.All(run.Reconnections, r => Assert.Null(r.Exception));
    }

    [Fact]
    public async Task Reconnects_after_a_failed_read_and_a_failed_request()
    {
        StubServer server = new StubServer()
            .Streams(new ScriptedStream("id: a\ndata: 1\n\nid: b\ndata: lost"u8.ToArray(), failure: () => new IOException("reset")), EventStream)
            .Throws(new HttpRequestException("refused"))
            .Streams("data: 2\n\n")
            .Answers(HttpStatusCode.NoContent);
        var run = new Run(server);

        Assert.Equal(["message a 1", "message a 2"], await run.ReadAsync());
        Assert.Equal([null, "a", "a", "a"], run.SentIds);
        Assert.Equal(
            [ChatStreamError.Connection, ChatStreamError.Connection, null], run.Reconnections.Select(r => r.Exception?.Error));
    }

    [Fact]
    public async Task An_event_that_was_cut_off_is_discarded_with_its_id()
    {
        StubServer server = new StubServer().Streams("id: a\ndata: 1\n\nid: b\ndata: 2").Streams("").Answers(HttpStatusCode.NoContent);
        var run = new Run(server);

        Assert.Equal(["message a 1"], await run.ReadAsync());
        Assert.Equal([null, "a", "a"], run.SentIds);
    }

    [Theory]
    [InlineData("id: a\n\n", "a")] // an event without data is dispatched, too
    [InlineData("id: a\ndata: 1\n\nid\ndata: 2\n\n", null)] // an empty id is not sent
    [InlineData("id: a\ndata: 1\n\nid: b\0c\n\n", "a")] // an id with NUL is ignored
    [InlineData(": ping\n\n", "initial")]
    public async Task The_id_that_is_sent(string body, string? expected)
    {
        var run = new Run(new StubServer().Streams(body).Answers(HttpStatusCode.NoContent));

        await run.ReadAsync(new SseConnectionOptions { LastEventId = "initial" });

        Assert.Equal(["initial", expected], run.SentIds);
    }

    [Fact]
    public async Task An_id_that_no_header_can_carry_is_an_error()
    {
        var run = new Run(new StubServer().Streams("id: 世\ndata: 1\n\n").Answers(HttpStatusCode.NoContent));

        ChatStreamException error = await Assert.ThrowsAsync<ChatStreamException>(() => run.ReadAsync());

        Assert.Equal(ChatStreamError.MalformedEvent, error.Error);
        Assert.Single(run.SentIds);
    }

    [Fact]
    public async Task The_stream_sets_the_reconnection_time()
    {
        StubServer server = new StubServer().Streams("retry: 10\n\ndata: 1\n\n").Streams("retry: 20x\ndata: 2\n\n").Answers(HttpStatusCode.NoContent);
        var run = new Run(server);

        await run.ReadAsync();

        Assert.Equal([TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(10)], run.Reconnections.Select(r => r.Delay));
    }

    [Fact]
    public async Task Connections_without_events_are_made_less_and_less_often()
    {
        var server = new StubServer();
        for (int i = 0; i < 8; i++) server.Answers(HttpStatusCode.BadGateway);
        server.Streams("data: 1\n\n").Answers(HttpStatusCode.NoContent);
        var run = new Run(server);

        Assert.Equal(["message - 1"], await run.ReadAsync());

        double[] seconds = [.. run.Reconnections.Select(r => r.Delay.TotalSeconds)];
        double[] limits = [3, 3, 6, 12, 24, 30, 30, 30, 3];
        Assert.Equal(limits.Length, seconds.Length);
        Assert.All(limits.Zip(seconds), pair => Assert.InRange(pair.Second, pair.First is 3 ? 3 : pair.First * 0.75, pair.First));
        Assert.All(run.Reconnections.Take(8), r => Assert.Equal(HttpStatusCode.BadGateway, r.Exception!.StatusCode));
    }

    [Fact]
    public async Task A_server_that_ends_at_once_is_not_asked_in_a_tight_loop()
    {
        var server = new StubServer();
        for (int i = 0; i < 4; i++) server.Streams("retry: 0\n\n");
        var run = new Run(server.Answers(HttpStatusCode.NoContent));

        await run.ReadAsync();

        Assert.Equal(TimeSpan.Zero, run.Reconnections[0].Delay);
        Assert.All(run.Reconnections.Skip(1), r => Assert.InRange(r.Delay.TotalSeconds, 0.75, 4));
    }

    [Fact]
    public async Task Retry_After_is_obeyed()
    {
        var run = new Run(new StubServer().Answers(HttpStatusCode.TooManyRequests, headers: ("Retry-After", "90")).Answers(HttpStatusCode.NoContent));

        await run.ReadAsync();

        Assert.Equal(TimeSpan.FromSeconds(90), Assert.Single(run.Reconnections).Delay);
    }

    [Fact]
    public async Task The_number_of_reconnections_is_limited_if_asked_for()
    {
        StubServer server = new StubServer().Streams("data: 1\n\n").Answers(HttpStatusCode.BadGateway).Answers(HttpStatusCode.ServiceUnavailable);
        var run = new Run(server);

        ChatStreamException error = await Assert.ThrowsAsync<ChatStreamException>(
            () => run.ReadAsync(new SseConnectionOptions { MaxReconnections = 2 }));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
        Assert.Equal(["message - 1"], run.Seen);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Without_reconnections_the_end_of_the_body_is_an_error()
    {
        var run = new Run(new StubServer().Streams("data: 1\n\n"));

        ChatStreamException error = await Assert.ThrowsAsync<ChatStreamException>(
            () => run.ReadAsync(new SseConnectionOptions { MaxReconnections = 0 }));

        Assert.Equal(ChatStreamError.Truncated, error.Error);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "text/event-stream", ChatStreamError.InvalidRequest)]
    [InlineData(HttpStatusCode.Unauthorized, "text/event-stream", ChatStreamError.Unauthorized)]
    [InlineData(HttpStatusCode.MovedPermanently, "text/event-stream", ChatStreamError.InvalidRequest)] // without a location
    [InlineData(HttpStatusCode.OK, "text/html", ChatStreamError.NotAStream)]
    public async Task A_refusal_ends_the_sequence(HttpStatusCode status, string contentType, ChatStreamError expected)
    {
        var run = new Run(new StubServer().Answers(status, "data: 1\n\n", contentType));

        ChatStreamException error = await Assert.ThrowsAsync<ChatStreamException>(() => run.ReadAsync());

        Assert.Equal(expected, error.Error);
        Assert.Empty(run.Reconnections);
    }

    [Fact]
    public async Task A_connection_without_bytes_is_made_anew()
    {
        var time = new FakeTimeProvider();
        var silent = new LiveStream();
        StubServer server = new StubServer().Streams(silent, EventStream).Streams("data: 2\n\n").Answers(HttpStatusCode.NoContent);
        var run = new Run(server);
        Task<List<string>> reading = run.ReadAsync(new SseConnectionOptions { ReadTimeout = TimeSpan.FromSeconds(45), ReconnectionTime = default, TimeProvider = time });

        await silent.WriteAndBeReadAsync("data: 1\n\n");
        time.Advance(TimeSpan.FromSeconds(44));
        await silent.WriteAndBeReadAsync(": ping\n\n");
        time.Advance(TimeSpan.FromSeconds(44));
        Assert.Single(server.Requests);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["message - 1", "message - 2"], await reading);
        Assert.Equal(ChatStreamError.IdleTimeout, run.Reconnections[0].Exception!.Error);
    }

    [Fact]
    public async Task Cancellation_closes_the_connection()
    {
        using var cancellation = new CancellationTokenSource();
        var body = new LiveStream();
        var run = new Run(new StubServer().Streams(body, EventStream));
        Task<List<string>> reading = run.ReadAsync(cancellationToken: cancellation.Token);
        await body.WriteAndBeReadAsync("data: 1\n\n");

        await cancellation.CancelAsync();

        OperationCanceledException canceled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(cancellation.Token, canceled.CancellationToken);
        await body.Disposed;
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_for_a_reconnection()
    {
        using var cancellation = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        var run = new Run(new StubServer().Streams("data: 1\n\n"));
        Task<List<string>> reading = run.ReadAsync(new SseConnectionOptions { TimeProvider = time }, cancellation.Token);
        await time.TimerSetAsync(TimeSpan.FromSeconds(3));

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Leaving_the_loop_closes_the_connection()
    {
        var body = new LiveStream();
        body.Write("data: 1\n\n");
        using var http = new HttpClient(new StubServer().Streams(body, EventStream));
        await foreach (SseItem<string> item in SseReader.ConnectAsync(http, () => new(HttpMethod.Get, Url)))
        {
            Assert.Equal("1", item.Data);
            break;
        }

        await body.Disposed;
    }

    [Fact]
    public async Task The_request_is_the_callers()
    {
        StubServer server = new StubServer().Streams("data: 1\n\n").Answers(HttpStatusCode.NoContent);
        using var http = new HttpClient(server);
        var options = new SseConnectionOptions { TimeProvider = new FakeTimeProvider { SkipDelays = true } };
        await foreach (SseItem<string> _ in SseReader.ConnectAsync(http, () => new(HttpMethod.Post, Url) { Content = new StringContent("question") }, options))
        {
        }

        Assert.All(server.Requests, request => Assert.Equal(HttpMethod.Post, request.Method));
        Assert.Equal(["question", "question"], server.Bodies);
        Assert.All(server.Requests, request => Assert.Equal("text/event-stream", request.Headers.Accept.ToString()));
        Assert.All(server.Requests, request => Assert.True(request.Headers.CacheControl!.NoCache));
    }

    [Fact]
    public async Task Events_of_JSON_end_with_their_marker()
    {
        StubServer server = new StubServer()
            .Streams("id: 1\ndata: {\"count\":1}\n\ndata: {\"count\":2}") // complete, but without its blank line: it will be sent again
            .Streams("data: {\"count\":2}\n\ndata: [DONE]\n\n");
        using var http = new HttpClient(server);
        var options = new SseConnectionOptions { TimeProvider = new FakeTimeProvider { SkipDelays = true } };
        var counts = new List<int>();
        await foreach (SseItem<Count> item in SseReader.ConnectAsync(http, () => new(HttpMethod.Get, Url), TutorialJson.Default.Count, options))
            counts.Add(item.Data.Value);

        Assert.Equal([1, 2], counts);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task An_error_event_of_JSON_is_thrown()
    {
        using var http = new HttpClient(new StubServer().Streams("event: error\ndata: {\"code\":\"gone\",\"message\":\"No such job.\"}\n\n"));

        ChatStreamException error = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (SseItem<Count> _ in SseReader.ConnectAsync(http, () => new(HttpMethod.Get, Url), TutorialJson.Default.Count))
            {
            }
        });

        Assert.Equal(ChatStreamError.ProviderError, error.Error);
    }

    [Theory]
    [InlineData("data: 1\r\r")]
    [InlineData("data: 1\n\n")]
    [InlineData("data: 1\r\n\r\n")]
    public async Task An_event_is_delivered_when_its_last_byte_has_arrived(string text)
    {
        var body = new LiveStream();
        using var http = new HttpClient(new StubServer().Streams(body, EventStream));
        await using IAsyncEnumerator<SseItem<string>> events = SseReader.ConnectAsync(http, () => new(HttpMethod.Get, Url)).GetAsyncEnumerator();
        ValueTask<bool> first = events.MoveNextAsync();
        foreach (char character in text) body.Write(character.ToString());

        Assert.True(await first);
        Assert.Equal("1", events.Current.Data);
        body.Write("\n"); // after a CR it is part of the line ending before
        body.Write("data: 2\n\n");
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("2", events.Current.Data);
    }

    private const string EventStream = "text/event-stream";

    private sealed class Run(StubServer server)
    {
        public List<string> Seen { get; } = [];

        public List<SseReconnection> Reconnections { get; } = [];

        public IEnumerable<string?> SentIds => server.Requests.Select(
            request => request.Headers.TryGetValues("Last-Event-ID", out IEnumerable<string>? ids) ? string.Join('|', ids) : null);

        public async Task<List<string>> ReadAsync(SseConnectionOptions? options = null, CancellationToken cancellationToken = default)
        {
            options ??= new SseConnectionOptions();
            if (options.TimeProvider == TimeProvider.System) options = options with { TimeProvider = new FakeTimeProvider { SkipDelays = true } };
            options = options with { OnReconnecting = Reconnections.Add };
            using var http = new HttpClient(server, disposeHandler: false);
            await foreach (SseItem<string> item in SseReader.ConnectAsync(http, () => new(HttpMethod.Get, Url), options, cancellationToken))
                Seen.Add($"{item.EventType} {item.EventId ?? "-"} {item.Data}");
            return Seen;
        }
    }
}
