using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Resilience;

/// <summary>Streams that a server keeps and replays, whatever their format: llama.cpp, and Cloudflare's AI Gateway.</summary>
public class KeptStreamTests
{
    private const string Missing = """{"error":{"code":404,"message":"Stream not found or expired","type":"not_found_error"}}""";
    private const string CallBegin = """data: {"id":"c-1","model":"m-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"look","arguments":"{\"x\""}}]}}]}""" + "\n\n";

    private static readonly string Begin = StubServer.Chunk("The sky ");
    private static readonly string Rest = StubServer.Chunk("is ") + StubServer.Chunk("blue.") + StubServer.Finish;

    private static readonly Action<LlmStreamOptions> LlamaCpp = options => options.Provider = LlmProvider.LlamaCpp with { BaseAddress = new Uri("http://llm.test/v1"), Replay = LlmReplay.LlamaCpp };

    // The clock stands still, so that the limit of a request that stops the server does not end it.
    private static readonly Action<LlmStreamOptions> Stopped = options =>
    {
        LlamaCpp(options);
        options.TimeProvider = new FakeTimeProvider();
    };

    private static readonly Action<LlmStreamOptions> Cloudflare = options => options.Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://gateway.test/v1/acct/gw/openai")) with
    {
        DefaultModel = "m-1",
        Replay = LlmReplay.CreateCloudflareGateway(new Uri("https://gateway.test/gateways/gw")),
    };

    [Fact]
    public async Task A_llama_cpp_server_is_asked_for_the_bytes_after_the_last_whole_event()
    {
        var server = new StubServer().Streams(Begin + StubServer.Chunk("is ")[..^7]).Streams(Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(LlamaCpp));

        Assert.Equal("The sky is blue.", Text(deltas));
        string id = IdOf(server.Requests[0]);
        Assert.Equal($"http://llm.test/v1/stream?conv_id={id}&from={Begin.Length}", server.Requests[1].RequestUri!.AbsoluteUri);
        Assert.Equal(["POST", "GET"], Methods(server));
        Assert.False(server.Requests[1].Headers.Contains("X-Conversation-Id"));
        Assert.Equal(ChatSeamKind.Replayed, Assert.Single(deltas, delta => delta.Seam is not null).Seam!.Kind);
    }

    [Theory]
    [InlineData(0, 0)] // nothing
    [InlineData(5, 0)] // within a comment
    [InlineData(-1, 1)] // the last line feed is missing: the event is whole, and what follows it is a line feed
    public async Task The_offset_is_that_of_the_last_event_that_was_handled(int cut, int fromEnd)
    {
        string begin = ": ping\n\n" + Begin;
        string sent = cut < 0 ? begin[..^1] : begin[..cut];
        var server = new StubServer().Streams(sent).Streams((begin + Rest)[(fromEnd == 0 ? 0 : begin.Length - fromEnd)..]);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(LlamaCpp))));
        Assert.EndsWith($"&from={(fromEnd == 0 ? 0 : begin.Length - fromEnd)}", server.Requests[1].RequestUri!.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)] // the whole name of the field
    [InlineData(5)]
    [InlineData(6)]
    public async Task An_event_that_was_cut_before_its_data_is_not_skipped(int length)
    {
        string middle = StubServer.Chunk("is ");
        var llamaCpp = new StubServer().Streams(Begin + middle[..length]).Streams(Rest);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(llamaCpp.Client(LlamaCpp))));
        Assert.EndsWith($"&from={Begin.Length}", llamaCpp.Requests[1].RequestUri!.Query, StringComparison.Ordinal);

        var gateway = new StubServer().Streams(Begin + middle[..length], ("cf-aig-run-id", "r")).Streams(Rest);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(gateway.Client(Cloudflare))));
        Assert.Equal("?from=1", gateway.Requests[1].RequestUri!.Query);
    }

    [Fact]
    public async Task A_hedge_at_the_same_server_has_another_id_and_the_loser_is_stopped()
    {
        var time = new FakeTimeProvider();
        var first = new LiveStream();
        var server = new StubServer().Streams(first).Streams(Begin + Rest).Answers(HttpStatusCode.NoContent);
        Task<List<ChatDelta>> reading = ReadAsync(server.Client(options =>
        {
            LlamaCpp(options);
            options.TimeProvider = time;
            options.HedgeAfter = TimeSpan.FromSeconds(3);
        }));
        await time.TimerSetAsync(TimeSpan.FromSeconds(3));
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal("The sky is blue.", Text(await reading));
        Assert.Equal(["POST", "POST", "DELETE"], Methods(server));
        Assert.Equal(IdOf(server.Requests[0]) + "-hedge", IdOf(server.Requests[1]));
        Assert.Equal("?conv_id=" + IdOf(server.Requests[0]), server.Requests[2].RequestUri!.Query);
    }

    [Fact]
    public async Task A_server_that_is_left_for_a_fallback_is_stopped()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.NotFound, Missing).Answers(HttpStatusCode.NotFound, Missing)
            .Answers(HttpStatusCode.BadGateway).Answers(HttpStatusCode.NoContent).Streams(Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(options =>
        {
            LlamaCpp(options);
            options.Retry = new LlmRetryOptions { MaxRetries = 3 };
            options.Fallbacks.Add(new LlmFallback { Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://other.test/v1")), Model = "m", ApiKey = "k" });
        }));
        Assert.Equal("The sky is blue.", Text(deltas));
        Assert.Contains("DELETE", Methods(server));
        Assert.Equal("other.test", server.Requests[^1].RequestUri!.Host);
    }

    [Fact]
    public async Task The_second_replay_begins_where_the_first_ended()
    {
        string middle = StubServer.Chunk("is ");
        var server = new StubServer().Streams(Begin + middle[..9]).Streams(middle + StubServer.Chunk("blue.")[..20]).Streams(Rest[middle.Length..]);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(LlamaCpp))));
        Assert.Equal([Begin.Length, Begin.Length + middle.Length], server.Requests.Skip(1).Select(request => int.Parse(request.RequestUri!.Query.Split('=')[^1])));
    }

    [Fact]
    public async Task Bytes_are_counted_and_not_characters()
    {
        string begin = StubServer.Chunk("天空 🌤️ ");
        var server = new StubServer().Streams(begin).Streams(Rest);
        Assert.Equal("天空 🌤️ is blue.", Text(await ReadAsync(server.Client(LlamaCpp))));
        Assert.EndsWith($"&from={System.Text.Encoding.UTF8.GetByteCount(begin)}", server.Requests[1].RequestUri!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_versions_had_the_id_in_the_path()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.NotFound, """{"error":{"code":404,"message":"File Not Found"}}""").Streams(Rest);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(LlamaCpp))));
        Assert.Equal($"http://llm.test/v1/stream/{IdOf(server.Requests[0])}?from={Begin.Length}", server.Requests[2].RequestUri!.AbsoluteUri);
    }

    [Fact]
    public async Task If_the_stream_is_not_kept_the_answer_is_continued_with_the_same_id()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.NotFound, Missing).Answers(HttpStatusCode.NotFound, Missing).Streams(Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(LlamaCpp));

        Assert.Equal("The sky is blue.", Text(deltas));
        Assert.Equal(["POST", "GET", "GET", "POST"], Methods(server));
        Assert.Equal(IdOf(server.Requests[0]), IdOf(server.Requests[3])); // so that the server stops what it generates for the first
        Assert.Equal("assistant", (string?)JsonNode.Parse(server.Bodies[3])!["messages"]!.AsArray()[^1]!["role"]);
        Assert.Equal(ChatSeamKind.Appended, Assert.Single(deltas, delta => delta.Seam is not null).Seam!.Kind);
    }

    [Fact]
    public async Task If_it_is_not_kept_and_cannot_be_continued_the_reason_is_stated()
    {
        var server = new StubServer().Streams(CallBegin).Answers(HttpStatusCode.BadRequest, """{"error":{"message":"Stream offset lost, please restart"}}""")
            .Answers(HttpStatusCode.NotFound, Missing).Answers(HttpStatusCode.NoContent);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => ReadAsync(server.Client(LlamaCpp)));
        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.InsideToolCall, "look"), (failure.Error, failure.ResumeRefusal, failure.Partial.ToolCalls[0].Name));
        Assert.Equal(["POST", "GET", "GET", "DELETE"], Methods(server));
    }

    [Fact]
    public async Task A_call_goes_on_where_it_broke_off()
    {
        const string rest = """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}""" + "\n\n"
            + """data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""" + "\n\ndata: [DONE]\n\n";
        var server = new StubServer().Streams(CallBegin + rest[..40]).Streams(rest);
        ChatStreamResult answer = await server.Client(LlamaCpp).StreamAsync(Body()).CollectAsync();
        Assert.Equal(("look", """{"x":1}""", true), (answer.ToolCalls[0].Name, answer.ToolCalls[0].Arguments, answer.ToolCalls[0].IsComplete));
    }

    [Fact]
    public async Task One_of_several_choices_that_has_finished_does_not_prevent_it()
    {
        const string first = """data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""" + "\n\n";
        const string second = """data: {"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";
        var server = new StubServer().Streams(first).Streams(second);
        JsonObject body = Body();
        body["n"] = 2;
        ChatStreamResult answer = await server.Client(LlamaCpp).StreamAsync(body).CollectAsync();
        Assert.Equal(["a", "b"], answer.Choices.Select(choice => choice.Text));
    }

    [Fact]
    public async Task Before_the_first_delta_too_the_stream_is_replayed_and_not_requested_again()
    {
        var server = new StubServer().Streams(": ping\n\n").Streams(": ping\n\n" + Begin + Rest);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(LlamaCpp))));
        Assert.Equal(["POST", "GET"], Methods(server));
    }

    [Fact]
    public async Task A_retry_has_the_same_id_so_that_the_server_stops_the_first_request()
    {
        var server = new StubServer().Throws(new HttpRequestException("reset")).Streams(Begin + Rest);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(LlamaCpp))));
        Assert.Equal(["POST", "POST"], Methods(server));
        Assert.Equal(IdOf(server.Requests[0]), IdOf(server.Requests[1]));
    }

    [Fact]
    public async Task Each_call_has_its_own_id()
    {
        var server = new StubServer().Streams(Begin + Rest).Streams(Begin + Rest);
        LlmStreamClient client = server.Client(LlamaCpp);
        await ReadAsync(client);
        await ReadAsync(client);
        Assert.NotEqual(IdOf(server.Requests[0]), IdOf(server.Requests[1]));
    }

    [Fact]
    public async Task An_error_that_the_server_reports_in_the_stream_is_not_replayed()
    {
        var server = new StubServer().Streams(Begin + """data: {"error":{"code":500,"message":"Out of memory","type":"server_error"}}""" + "\n\n").Streams(Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(LlamaCpp));
        Assert.Equal(["POST", "POST"], Methods(server));
        Assert.Equal("The sky is blue.", Text(deltas));
    }

    [Fact]
    public async Task A_complete_answer_is_not_stopped()
    {
        var server = new StubServer().Streams(Begin + Rest);
        await ReadAsync(server.Client(LlamaCpp));
        Assert.Equal(["POST"], Methods(server));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_stops_the_server()
    {
        var stream = new LiveStream();
        var server = new StubServer().Streams(stream).Answers(HttpStatusCode.NoContent);
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = server.Client(Stopped).StreamAsync(Body(), cancellation.Token).GetAsyncEnumerator(cancellation.Token);
        stream.Write(Begin);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<ChatStreamCanceledException>(() => next);
        await stream.Disposed;
        Assert.Equal(["POST", "DELETE"], Methods(server));
        Assert.Equal($"http://llm.test/v1/stream?conv_id={IdOf(server.Requests[0])}", server.Requests[1].RequestUri!.AbsoluteUri);
        Assert.Equal("", server.Bodies[1]);
    }

    [Fact]
    public async Task And_one_that_is_left_early()
    {
        var server = new StubServer().Streams(Begin + Rest).Answers(HttpStatusCode.NotFound, Missing).Answers(HttpStatusCode.NoContent);
        await foreach (ChatDelta delta in server.Client(Stopped).StreamAsync(Body())) break;
        Assert.Equal(["POST", "DELETE", "DELETE"], Methods(server)); // in both forms, because the first was not known
        Assert.EndsWith("/stream/" + IdOf(server.Requests[0]), server.Requests[2].RequestUri!.AbsolutePath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_does_not_hold_up_the_cancellation()
    {
        var server = new StubServer().Streams(Begin + Rest).Hangs();
        await foreach (ChatDelta delta in server.Client(LlamaCpp).StreamAsync(Body())) break;
        Assert.Equal(["POST", "DELETE"], Methods(server));
    }

    [Fact]
    public async Task A_request_that_was_refused_has_nothing_to_stop()
    {
        var server = new StubServer().Answers(HttpStatusCode.Unauthorized, """{"error":{"message":"Invalid API Key"}}""");
        await Assert.ThrowsAsync<ChatStreamException>(() => ReadAsync(server.Client(LlamaCpp)));
        Assert.Equal(["POST"], Methods(server));
    }

    [Fact]
    public async Task Without_the_option_nothing_of_it_is_sent()
    {
        var server = new StubServer().Streams(Begin).Streams(Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(options => options.Provider = LlmProvider.LlamaCpp with { BaseAddress = new Uri("http://llm.test/v1") }));
        Assert.Equal("The sky is blue.", Text(deltas));
        Assert.Equal(["POST", "POST"], Methods(server));
        Assert.False(server.Requests[0].Headers.Contains("X-Conversation-Id"));
    }

    [Fact]
    public async Task A_gateway_of_Cloudflare_is_asked_for_the_events_after_the_last_one()
    {
        var server = new StubServer().Streams(": a\n\n" + Begin + ": b\n\n" + StubServer.Chunk("is ")[..30], ("cf-aig-run-id", "run/1")).Streams(": b\n\n" + Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(Cloudflare));

        Assert.Equal("The sky is blue.", Text(deltas));
        Assert.Equal("https://gateway.test/gateways/gw/run/run%2F1/resume?from=2", server.Requests[1].RequestUri!.AbsoluteUri);
        Assert.Equal("Bearer", server.Requests[1].Headers.Authorization!.Scheme);
        Assert.Equal(ChatSeamKind.Replayed, Assert.Single(deltas, delta => delta.Seam is not null).Seam!.Kind);
    }

    [Fact]
    public async Task An_event_that_was_handled_without_its_blank_line_is_counted()
    {
        var server = new StubServer().Streams(Begin[..^1], ("cf-aig-run-id", "r")).Streams(Rest[..StubServer.Chunk("is ").Length]).Streams(Rest[StubServer.Chunk("is ").Length..]);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(Cloudflare))));
        Assert.Equal(["?from=1", "?from=2"], server.Requests.Skip(1).Select(request => request.RequestUri!.Query));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("r")]
    public async Task Without_an_id_or_after_it_has_expired_the_answer_is_continued(string? id)
    {
        StubServer server = id is null ? new StubServer().Streams(Begin) : new StubServer().Streams(Begin, ("cf-aig-run-id", id)).Answers(HttpStatusCode.NotFound, """{"error":"Request not found"}""");
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Streams(Rest).Client(Cloudflare))));
        Assert.Equal(id is null ? ["POST", "POST"] : ["POST", "GET", "POST"], Methods(server));
    }

    [Fact]
    public async Task A_response_that_the_gateway_has_not_kept_may_be_kept_by_the_provider()
    {
        const string begin = """data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}""" + "\n\n"
            + """data: {"type":"response.output_text.delta","sequence_number":1,"output_index":0,"content_index":0,"delta":"The sky "}""" + "\n\n";
        const string rest = """data: {"type":"response.output_text.delta","sequence_number":2,"output_index":0,"content_index":0,"delta":"is blue."}""" + "\n\n"
            + """data: {"type":"response.completed","sequence_number":3,"response":{"status":"completed","output":[]}}""" + "\n\n";
        var server = new StubServer().Streams(begin, ("cf-aig-run-id", "r")).Answers(HttpStatusCode.NotFound, """{"error":"Request not found"}""").Streams(rest[..80]).Streams(rest);
        List<ChatDelta> deltas = await ReadAsync(
            server.Client(options => options.Provider = LlmProvider.OpenAIResponses with { BaseAddress = new Uri("https://gateway.test/v1"), Replay = LlmReplay.CreateCloudflareGateway(new Uri("https://gateway.test/gw")) }),
            new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = true });
        Assert.Equal("The sky is blue.", Text(deltas));
        Assert.Equal(
            ["/v1/responses", "/gw/run/r/resume", "/v1/responses/resp_1", "/v1/responses/resp_1"], server.Requests.Select(request => request.RequestUri!.AbsolutePath));
    }

    [Fact]
    public void The_key_is_not_sent_to_a_gateway_on_another_server()
    {
        LlmProvider provider = LlmProvider.OpenAI with { Replay = LlmReplay.CreateCloudflareGateway(new Uri("https://api.cloudflare.test/gw")) };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new LlmStreamClient(provider, "sk-x"));
        Assert.Contains("https://api.cloudflare.test/gw/", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LlmReplay.CreateCloudflareGateway(new Uri("gw", UriKind.Relative)));
    }

    [Fact]
    public async Task A_body_that_is_no_event_stream_has_no_position()
    {
        var server = new StubServer().Answers(HttpStatusCode.OK, """{"id":"c","choices":[{"index":0,"message":{"content":"The sky """, headers: ("cf-aig-run-id", "r")).Streams(Begin + Rest);
        Assert.Equal("The sky is blue.", Text(await ReadAsync(server.Client(Cloudflare))));
        Assert.Equal(["POST", "POST"], Methods(server));
    }

    private static async Task<List<ChatDelta>> ReadAsync(LlmStreamClient client, JsonObject? body = null)
    {
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in client.StreamAsync(body ?? Body())) deltas.Add(delta);
        return deltas;
    }

    private static JsonObject Body() => new() { ["model"] = "m-1", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }) };

    private static string Text(List<ChatDelta> deltas) => string.Concat(deltas.Select(delta => delta.Text));

    private static string IdOf(HttpRequestMessage request) => request.Headers.GetValues("X-Conversation-Id").Single();

    private static IEnumerable<string> Methods(StubServer server) => server.Requests.Select(request => request.Method.Method);
}
