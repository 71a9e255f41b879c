using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>OpenAI's wire over HTTP: streamed, as one object, its errors, and its list of models.</summary>
public class WholeAnswerTests
{
    private const string Path = "/v1/chat/completions";
    private const string Question = """{"model":"m","messages":[{"role":"user","content":"Hi"}]}""";

    [Fact]
    public async Task An_answer_that_is_not_streamed_is_one_object()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello, world.").WithReasoning("hm").WithUsage().WithModel("m-1"));

        using HttpResponseMessage response = await app.PostAsync(Path, Question);
        JsonNode answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("chat.completion", (string?)answer["object"]);
        Assert.StartsWith("chatcmpl-", (string?)answer["id"], StringComparison.Ordinal);
        Assert.Equal("m-1", (string?)answer["model"]);
        Assert.Equal(
            """{"role":"assistant","content":"Hello, world.","refusal":null,"reasoning_content":"hm"}""",
            answer["choices"]![0]!["message"]!.ToJsonString());
        Assert.Equal("stop", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.True((int)answer["usage"]!["completion_tokens"]! > 0);
    }

    [Fact]
    public async Task Calls_of_an_answer_that_is_not_streamed_are_in_its_message()
    {
        await using RelayApp app = await StartAsync(Script.Answer("").WithToolCall("f", "{\"x\":1}").WithToolCall("g", "{}"));

        using HttpResponseMessage response = await app.PostAsync(Path, Question);
        JsonNode choice = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["choices"]![0]!;

        Assert.Null(choice["message"]!["content"]);
        JsonArray calls = choice["message"]!["tool_calls"]!.AsArray();
        Assert.Equal(["call_1", "call_2"], calls.Select(call => (string)call!["id"]!));
        Assert.Equal("function", (string?)calls[0]!["type"]);
        Assert.Equal("f", (string?)calls[0]!["function"]!["name"]);
        Assert.Equal("{\"x\":1}", (string?)calls[0]!["function"]!["arguments"]);
        Assert.Equal("tool_calls", (string?)choice["finish_reason"]);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"stream":true}""", "*/*", true)]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}],"stream":false}""", "text/event-stream", false)]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "text/event-stream", true)]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "application/json", false)]
    public async Task The_body_decides_whether_the_answer_is_streamed_and_else_the_accepted_types(
        string body, string accept, bool isStreamed)
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello"));
        app.Client.DefaultRequestHeaders.Add("Accept", accept);

        using HttpResponseMessage response = await app.PostAsync(Path, body);
        string text = await response.Content.ReadAsStringAsync();

        Assert.Equal(isStreamed ? "text/event-stream" : "application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(isStreamed, text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_of_an_answer_that_is_not_streamed_is_a_status()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello, world.").WithFault("eof@#2"));

        using HttpResponseMessage response = await app.PostAsync(Path, Question);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(
            """{"error":{"message":"The answer was cut off. Try again.","type":"server_error","code":"truncated"}}""",
            await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_slow_answer_that_is_not_streamed_is_neither_cut_nor_begun()
    {
        var time = new FakeTimeProvider();
        var deltas = Channel.CreateUnbounded<ChatDelta>();
        var hasStarted = new TaskCompletionSource();
        await using RelayApp app = await StartAsync(
            (_, stopped) =>
            {
                hasStarted.SetResult();
                return deltas.Reader.ReadAllAsync(stopped);
            },
            time: time);

        Task<HttpResponseMessage> posting = app.PostAsync(Path, Question);
        await hasStarted.Task;
        deltas.Writer.TryWrite(new ChatDelta { Text = "a" });
        time.Advance(TimeSpan.FromMinutes(10));
        deltas.Writer.TryWrite(new ChatDelta { Text = "b", TextOffset = 1, FinishReason = ChatFinishReason.Stop });
        deltas.Writer.Complete();
        using HttpResponseMessage response = await posting;

        JsonNode answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("ab", (string?)answer["choices"]![0]!["message"]!["content"]);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_an_answer_that_is_not_streamed()
    {
        var hasStarted = new TaskCompletionSource();
        var finished = new TaskCompletionSource<ChatRelayResult>();
        await using RelayApp app = await StartAsync(
            (_, stopped) => WaitAsync(hasStarted, stopped),
            options => options.OnFinished = result =>
            {
                finished.SetResult(result);
                return Task.CompletedTask;
            });
        using var leave = new CancellationTokenSource();

        Task<HttpResponseMessage> posting = app.PostAsync(Path, Question, leave.Token);
        await hasStarted.Task;
        await leave.CancelAsync();

        ChatRelayResult result = await finished.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
        Assert.Equal(ChatRelayOutcome.Canceled, result.Outcome);
        Assert.Equal("partial", result.Answer.Text);
        Assert.False(result.Answer.IsComplete);
    }

    [Fact]
    public async Task A_request_that_is_not_valid_is_refused_with_the_position()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello"));

        using HttpResponseMessage response = await app.PostAsync(Path, """{"messages":[{"role":"user"}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal("messages[0].content must be a string.", (string?)error["message"]);
        Assert.Equal("messages[0].content", (string?)error["param"]);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
        Assert.Equal("invalid_request", (string?)error["code"]);
    }

    [Fact]
    public async Task A_failure_after_the_start_is_an_event_without_an_end()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello, world.").WithFault("eof@#2"));

        using HttpResponseMessage response = await app.PostAsync(Path, """{"messages":[{"role":"user","content":"Hi"}],"stream":true}""");
        IReadOnlyList<string> data = Wires.Encoded.Data(await response.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"error":{"message":"The answer was cut off. Try again.","type":"server_error","code":"truncated"}}""", data[^1]);
        Assert.DoesNotContain(data, item => item.Contains("finish_reason\":\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tools_that_the_server_runs_are_not_shown_to_the_client()
    {
        await using RelayApp app = await StartUpdatesAsync((_, stopped) => new FunctionInvokingChatClient(new ToolCaller())
            .GetStreamingResponseAsync("Hi", new ChatOptions { Tools = [AIFunctionFactory.Create(() => "21", "weather")] }, stopped));

        using HttpResponseMessage streamed = await app.PostAsync(Path, """{"messages":[{"role":"user","content":"Hi"}],"stream":true}""");
        string chunks = await streamed.Content.ReadAsStringAsync();
        using HttpResponseMessage whole = await app.PostAsync(Path, Question);
        string answer = await whole.Content.ReadAsStringAsync();

        Assert.DoesNotContain("tool_calls", chunks, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"stop\"", chunks, StringComparison.Ordinal);
        Assert.Equal(
            "Let me look. It is 21.",
            string.Concat(Wires.Encoded.Events(chunks).Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"])));
        Assert.DoesNotContain("tool_calls", answer, StringComparison.Ordinal);
        Assert.Contains("\"content\":\"Let me look. It is 21.\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_are_listed()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello"), options => options.Models = ["m-1", "a/b"]);

        JsonNode list = JsonNode.Parse(await app.Client.GetStringAsync("/v1/models"))!;
        JsonNode model = JsonNode.Parse(await app.Client.GetStringAsync("/v1/models/m-1"))!;
        JsonNode encoded = JsonNode.Parse(await app.Client.GetStringAsync("/v1/models/a%2Fb"))!;
        JsonNode plain = JsonNode.Parse(await app.Client.GetStringAsync("/v1/models/a/b"))!;
        using HttpResponseMessage unknown = await app.Client.GetAsync("/v1/models/x");

        Assert.Equal("list", (string?)list["object"]);
        Assert.Equal("m-1", (string?)list["data"]![0]!["id"]);
        Assert.Equal("model", (string?)model["object"]);
        Assert.Equal("a/b", (string?)encoded["id"]);
        Assert.Equal("a/b", (string?)plain["id"]);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("model_not_found", (string?)JsonNode.Parse(await unknown.Content.ReadAsStringAsync())!["error"]!["code"]);
    }

    private static async IAsyncEnumerable<ChatDelta> WaitAsync(
        TaskCompletionSource hasStarted, [EnumeratorCancellation] CancellationToken stopped)
    {
        yield return new ChatDelta { Text = "partial" };
        hasStarted.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, stopped);
    }

    private static Task<RelayApp> StartAsync(Script script, Action<ChatRelayOptions>? configure = null) => RelayApp.StartAsync(
        script,
        app => app.MapChatRelay(
            Path,
            (ChatRelayRequest chat, LlmStreamClient client, CancellationToken stopped) =>
                client.StreamAsync(chat.Messages, chat.Options, stopped),
            configure),
        options => options.Resume = LlmResumeOptions.Off);

    private static Task<RelayApp> StartAsync(
        Func<ChatRelayRequest, CancellationToken, IAsyncEnumerable<ChatDelta>> handler,
        Action<ChatRelayOptions>? configure = null, TimeProvider? time = null) =>
        RelayApp.StartAsync(Script.Answer(""), app => app.MapChatRelay(Path, handler, configure), time: time);

    private static Task<RelayApp> StartUpdatesAsync(
        Func<ChatRelayRequest, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> handler) =>
        RelayApp.StartAsync(Script.Answer(""), app => app.MapChatRelay(Path, handler));

    /// <summary>A model that calls a tool, and then answers with its result.</summary>
    private sealed class ToolCaller : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            FunctionResultContent? result =
                messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().FirstOrDefault();
            if (result is null)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, "Let me look. ");
                yield return new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("call_1", "weather")])
                {
                    FinishReason = ChatFinishReason.ToolCalls,
                };
            }
            else
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, $"It is {result.Result}.") { FinishReason = ChatFinishReason.Stop };
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
