#pragma warning disable OPENAI001 // for evaluation: the package may still change it
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using OpenAI.Responses;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>The official package of OpenAI reads streams of Responses as we do, and talks to the scripted server.</summary>
public class ResponsesSecondOpinionTests
{
    // What the package cannot read, and why.
    private static readonly Dictionary<string, string> Deviations = new(StringComparer.Ordinal);

    private static readonly Lazy<IReadOnlyList<string>> Recorded = new(() => Repository.Shared is null ? [] :
    [
        .. File.ReadLines(Path.Combine(Repository.Shared, "corpus", "expected.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(row => row["family"]!.GetValue<string>() == "openai-responses")
            .Select(row => row["file"]!.GetValue<string>())
            .Where(file => file.EndsWith(".sse", StringComparison.Ordinal)),
    ]);

    public static TheoryData<string> Files => Recorded.Value.Count == 0 ? ["(none)"] : [.. Recorded.Value];

    public static TheoryData<string, Script> Scripts => new()
    {
        { "text", Script.Answer("Blue light 蓝光 is scattered 🌤️.") },
        { "thoughts", Script.Answer("Blue.").WithReasoning("Hm, 蓝?") },
        { "a tool call", Script.Answer("").WithToolCall("weather", """{"city":"Köln","days":3}""") },
        { "text and tool calls", Script.Answer("Let me see.").WithToolCall("weather", """{"city":"北京"}""").WithToolCall("time", "{}") },
        { "cut short", Script.Answer("Let me").WithFinishReason("length") },
        { "comments and CRLF", Script.Answer("Hello there.").WithKeepAlives().WithLineEndings(LineEnding.CrLf) },
        { "a byte at a time", Script.Answer("Hello 你好").InWritesOf(1) },
    };

    [Theory, MemberData(nameof(Scripts), DisableDiscoveryEnumeration = true)]
    public async Task A_scripted_answer_is_read_alike(string name, Script script)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Responses });
        using LlmStreamClient client = server.Provider.Client();

        string ours = Show(await client.StreamAsync("Why?").CollectAsync());
        string theirs = await TheirsAsync(new ResponsesClientOptions { Endpoint = server.BaseAddress });

        Assert.True(ours == theirs, $"{name}: ours\n{ours}\ntheirs\n{theirs}");
    }

    [Fact]
    public async Task An_answer_that_is_kept_is_read_on_alike()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("The sky is blue.").CutAtEvent(5).ThenWithoutFaults());
        var client = new ResponsesClient(new ApiKeyCredential("any"), new ResponsesClientOptions { Endpoint = server.BaseAddress });
        var options = new CreateResponseOptions("m-1", [ResponseItem.CreateUserMessageItem("Why?")]) { BackgroundModeEnabled = true, StreamingEnabled = true };
        string id = "", text = "";
        int last = 0;
        await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync(options)) Take(update);
        Assert.Equal("The", text);
        var rest = new GetResponseOptions(id) { StartingAfter = last, StreamingEnabled = true };
        await foreach (StreamingResponseUpdate update in await client.GetResponseStreamingAsync(rest)) Take(update);

        Assert.Equal("The sky is blue.", text);
        Assert.Equal(ContinuationKind.Replay, server.Requests[1].Continuation);
        await Assert.ThrowsAsync<ClientResultException>(() => client.GetResponseAsync("resp_of_nobody"));

        void Take(StreamingResponseUpdate update)
        {
            last = update.SequenceNumber;
            if (update is StreamingResponseCreatedUpdate created) id = created.Response.Id;
            if (update is StreamingResponseOutputTextDeltaUpdate piece) text += piece.Delta;
        }
    }

    [Theory, MemberData(nameof(Files))]
    public async Task A_recorded_answer_is_read_alike(string file)
    {
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(Repository.RequireShared("corpus"), file));
        Outcome ours = await Outcome.ReadAsync(bytes, ChatDialect.Responses);
        Assert.SkipWhen(ours.Exception is not null, "No plain stream: it does not end as it should.");

        string theirs;
        try
        {
            using var http = new HttpClient(new Player(bytes));
            theirs = await TheirsAsync(new ResponsesClientOptions { Transport = new HttpClientPipelineTransport(http), RetryPolicy = new ClientRetryPolicy(0) });
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            theirs = exception.GetType().Name + exception.Message;
        }

        if (Deviations.TryGetValue(file, out string? why)) Assert.True(Show(ours.Result) != theirs, $"No deviation any more: {why}");
        else Assert.Equal(Show(ours.Result), theirs);
    }

    [Fact]
    public void Every_deviation_is_of_a_file_that_is_there()
    {
        if (Recorded.Value.Count > 0) Assert.All(Deviations.Keys, file => Assert.Contains(file, Recorded.Value));
    }

    private static string Show(ChatStreamResult answer) =>
        answer.Text + string.Concat(answer.ToolCalls.Select(call => Show(call.Id, call.Name, call.Arguments)));

    private static string Show(string? id, string? name, string arguments) => $"\n{id} {name}({arguments})";

    private static async Task<string> TheirsAsync(ResponsesClientOptions options)
    {
        var client = new ResponsesClient(new ApiKeyCredential("any"), options);
        string text = "";
        var calls = new SortedDictionary<int, string>();
        var request = new CreateResponseOptions("m-1", [ResponseItem.CreateUserMessageItem("Why?")]) { StreamingEnabled = true };
        await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync(request))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate piece) text += piece.Delta;
            if (update is StreamingResponseOutputItemDoneUpdate { Item: FunctionCallResponseItem call } done) calls[done.OutputIndex] = Show(call.CallId, call.FunctionName, call.FunctionArguments.ToString());
        }

        return text + string.Concat(calls.Values);
    }

    private sealed class Player(byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }
}
