using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Anthropic.Models.Messages;
using LlmStream.Testing;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>The official package of Anthropic reads streams as we do: the same text, calls and reason to stop.</summary>
public class AnthropicSecondOpinionTests
{
    // What the package cannot read, or reads otherwise, and why.
    private static readonly Dictionary<string, string> Deviations = new(StringComparer.Ordinal)
    {
        ["anthropic/calls-all-counted-zero.sse"] = "One call begins twice, which makes two of it.",
        ["anthropic/data-without-names.sse"] = "It passes over events that have no name, and the loop ends, empty.",
        ["anthropic/emoji-and-escapes.sse"] = "AnthropicInvalidDataException: an emoji is divided between two events.",
        ["anthropic/nulls-and-gaps.sse"] = "It passes over events that have no name, and the loop ends, empty.",
    };

    // The plain streams: those that end as they should, in events. What stands in files of another form, no package reads.
    private static readonly Lazy<IReadOnlyList<string>> Recorded = new(() =>
    [
        .. Transcript.Names.Where(name => name.StartsWith("anthropic/", StringComparison.Ordinal) && name.EndsWith(".sse", StringComparison.Ordinal)),
        .. Repository.Shared is null ? [] : File.ReadLines(Path.Combine(Repository.Shared, "corpus", "expected.jsonl"))
            .Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(row => row["family"]!.GetValue<string>() == "anthropic-messages")
            .Select(row => row["file"]!.GetValue<string>())
            .Where(file => file.EndsWith(".sse", StringComparison.Ordinal)),
    ]);

    public static TheoryData<string> Files => [.. Recorded.Value];

    public static TheoryData<string, Script> Scripts => new()
    {
        { "text", Script.Answer("Blue light 蓝光 is scattered 🌤️.").WithUsage() },
        { "reasoning", Script.Answer("Because.").WithReasoning("Let me think. 想一想。") },
        { "a tool call", Script.Answer("").WithToolCall("weather", """{"city":"Köln","days":3}""") },
        { "text and tool calls", Script.Answer("Let me see.").WithToolCall("weather", """{"city":"北京"}""").WithToolCall("time", "{}").WithToolCall("add", """{"a":1,"b":[2,3]}""", "call_x") },
        { "comments and CRLF", Script.Answer("Hello there.").WithKeepAlives().WithLineEndings(LineEnding.CrLf) },
        { "a byte at a time", Script.Answer("Hello 你好").InWritesOf(1) },
        { "a limit", Script.Answer("Hello").WithFinishReason("length") },
    };

    [Theory, MemberData(nameof(Scripts), DisableDiscoveryEnumeration = true)]
    public async Task A_scripted_answer_is_read_alike(string name, Script script)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.Anthropic });
        using LlmStreamClient client = server.Provider.Client();

        string ours = Show(await client.StreamAsync("Why?").CollectAsync());
        using var http = new HttpClient();
        string theirs = await TheirsAsync(http, new Uri(server.BaseAddress, "/").AbsoluteUri);

        Assert.True(ours == theirs, $"{name}: ours\n{ours}\ntheirs\n{theirs}");
        Assert.Equal([true, true], server.Requests.Select(request => request.Headers.ContainsKey("anthropic-version")));
    }

    [Theory, MemberData(nameof(Files))]
    public async Task A_recorded_answer_is_read_alike(string file)
    {
        string folder = file.StartsWith("anthropic/", StringComparison.Ordinal) ? Repository.Transcripts : Repository.RequireShared("corpus");
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(folder, file));
        Outcome ours = await Outcome.ReadAsync(bytes, ChatDialect.Anthropic);
        Assert.SkipWhen(ours.Exception is not null, "No plain stream: it does not end as it should.");

        string theirs;
        try
        {
            using var http = new HttpClient(new Player(bytes));
            theirs = await TheirsAsync(http, "https://api.example/");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            theirs = exception.GetType().Name + " " + exception.Message;
        }

        if (Deviations.TryGetValue(file, out string? why)) Assert.True(Show(ours.Result) != theirs, $"No deviation any more: {why}");
        else Assert.Equal(Show(ours.Result), theirs);
    }

    [Fact]
    public void Every_deviation_is_of_a_file_that_is_there() => Assert.All(Deviations.Keys, file => Assert.Contains(file, Recorded.Value));

    private static string Show(ChatStreamResult answer) =>
        $"{answer.Reasoning}|{answer.Text}|{answer.FinishReason}" + string.Concat(answer.ToolCalls.Select(call => Show(call.Id, call.Name, call.Arguments)));

    private static string Show(string? id, string? name, string arguments) => $"\n{id} {name}({arguments})";

    private static async Task<string> TheirsAsync(HttpClient http, string baseUrl)
    {
        var client = new AnthropicClient { ApiKey = "any", BaseUrl = baseUrl, HttpClient = http, MaxRetries = 0 };
        string text = "", reasoning = "";
        ChatFinishReason? finish = null;
        var calls = new List<(long Index, string Id, string Name, string Input, string Arguments)>();
        var parameters = new MessageCreateParams { Model = "m-1", MaxTokens = 64, Messages = [new UserMessageParam { Content = "Why?" }] };
        await foreach (RawMessageStreamEvent update in client.Messages.CreateStreaming(parameters))
        {
            if (update.TryPickStart(out RawMessageStartEvent? begin))
            {
                if (begin.Message.StopReason is { } known) finish = ToFinish(known.Raw());
                foreach (ContentBlock ready in begin.Message.Content)
                {
                    if (ready.TryPickToolUse(out ToolUseBlock? call)) calls.Add((-1, call.ID, call.Name, JsonSerializer.Serialize(call.Input), ""));
                }
            }
            else if (update.TryPickContentBlockStart(out RawContentBlockStartEvent? start))
            {
                if (start.ContentBlock.TryPickText(out TextBlock? block)) text += block.Text;
                if (start.ContentBlock.TryPickToolUse(out ToolUseBlock? call)) calls.Add((start.Index, call.ID, call.Name, JsonSerializer.Serialize(call.Input), ""));
            }
            else if (update.TryPickContentBlockDelta(out RawContentBlockDeltaEvent? delta))
            {
                if (delta.Delta.TryPickText(out TextDelta? piece)) text += piece.Text;
                if (delta.Delta.TryPickThinking(out ThinkingDelta? thought)) reasoning += thought.Thinking;
                if (!delta.Delta.TryPickInputJson(out InputJsonDelta? json)) continue;
                int place = calls.FindLastIndex(call => call.Index == delta.Index);
                if (place >= 0) calls[place] = calls[place] with { Arguments = calls[place].Arguments + json.PartialJson };
            }
            else if (update.TryPickDelta(out RawMessageDeltaEvent? message) && message.Delta.StopReason is { } reason) finish = ToFinish(reason.Raw());
        }

        return $"{reasoning}|{text}|{finish}" + string.Concat(calls.Select(call => Show(call.Id, call.Name, call.Arguments.Length > 0 ? call.Arguments : finish == ChatFinishReason.Length ? "" : call.Input)));
    }

    private static ChatFinishReason ToFinish(string stopReason) => stopReason switch
    {
        "end_turn" or "stop_sequence" => ChatFinishReason.Stop,
        "max_tokens" or "model_context_window_exceeded" => ChatFinishReason.Length,
        "tool_use" => ChatFinishReason.ToolCalls,
        "refusal" => ChatFinishReason.ContentFilter,
        _ => new ChatFinishReason(stopReason),
    };

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
