using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using LlmStream.Testing;
using OpenAI;
using OpenAI.Chat;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>The official package of OpenAI reads plain streams as we do.</summary>
public class SecondOpinionTests
{
    // What the package cannot read, or reads otherwise, and why.
    private static readonly Dictionary<string, string> Deviations = new(StringComparer.Ordinal)
    {
        ["mistral/dd-trace-py-mistral-v1-chat-completions-post-ccfa08da.sse"] = "ArgumentOutOfRangeException: the text comes in parts, some of the type 'thinking'",
        ["other/apisix--empty-sse-frames.sse"] = "JsonReaderException: one event has no data",
    };

    private static readonly Lazy<IReadOnlyList<string>> Recorded = new(() => Repository.Shared is null ? [] :
    [
        .. File.ReadLines(Path.Combine(Repository.Shared, "corpus", "expected.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(row => row["family"]!.GetValue<string>() == "openai-chat")
            .Select(row => row["file"]!.GetValue<string>())
            .Where(file => file.EndsWith(".sse", StringComparison.Ordinal)),
    ]);

    public static TheoryData<string> Files => Recorded.Value.Count == 0 ? ["(none)"] : [.. Recorded.Value];

    public static TheoryData<string, Script> Scripts => new()
    {
        { "text", Script.Answer("Blue light 蓝光 is scattered 🌤️.").WithUsage() },
        { "a tool call", Script.Answer("").WithToolCall("weather", """{"city":"Köln","days":3}""") },
        { "text and tool calls", Script.Answer("Let me see.").WithToolCall("weather", """{"city":"北京"}""").WithToolCall("time", "{}").WithToolCall("add", """{"a":1,"b":[2,3]}""", "call_x") },
        { "comments and CRLF", Script.Answer("Hello there.").WithKeepAlives().WithLineEndings(LineEnding.CrLf) },
        { "a byte at a time", Script.Answer("Hello 你好").InWritesOf(1) },
    };

    [Theory, MemberData(nameof(Scripts), DisableDiscoveryEnumeration = true)]
    public async Task A_scripted_answer_is_read_alike(string name, Script script)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);
        using LlmStreamClient client = server.Provider.Client();

        string ours = Show(await client.AskAsync());
        string theirs = await TheirsAsync(new OpenAIClientOptions { Endpoint = server.BaseAddress });

        Assert.True(ours == theirs, $"{name}: ours\n{ours}\ntheirs\n{theirs}");
    }

    [Theory, MemberData(nameof(Files))]
    public async Task A_recorded_answer_is_read_alike(string file)
    {
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(Repository.RequireShared("corpus"), file));
        Outcome ours = await Outcome.ReadAsync(bytes, ChatDialect.OpenAI);
        Assert.SkipWhen(ours.Exception is not null, "No plain stream: it does not end as it should.");
        Assert.SkipWhen(ours.Result.Choices.Count > 1, "The package reads the first choice of each chunk only, whichever it is.");

        string theirs;
        try
        {
            using var http = new HttpClient(new Player(bytes));
            theirs = await TheirsAsync(new OpenAIClientOptions { Transport = new HttpClientPipelineTransport(http), RetryPolicy = new ClientRetryPolicy(0) });
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            theirs = exception.GetType().Name;
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

    private static async Task<string> TheirsAsync(OpenAIClientOptions options)
    {
        var client = new ChatClient("m-1", new ApiKeyCredential("any"), options);
        string text = "";
        var calls = new SortedDictionary<int, (string? Id, string? Name, string Arguments)>();
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("Why?"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            foreach (StreamingChatToolCallUpdate part in update.ToolCallUpdates)
            {
                (string? id, string? name, string arguments) = calls.GetValueOrDefault(part.Index, (null, null, ""));
                calls[part.Index] = (part.ToolCallId is { Length: > 0 } newId ? newId : id, part.FunctionName is { Length: > 0 } newName ? newName : name, arguments + part.FunctionArgumentsUpdate);
            }
        }

        return text + string.Concat(calls.Values.Select(call => Show(call.Id, call.Name, call.Arguments)));
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
