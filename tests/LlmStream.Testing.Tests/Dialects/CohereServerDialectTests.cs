using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class CohereServerDialectTests
{
    private const string Path = "/v2/chat";
    private const string Question = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task Content_and_tool_calls_have_a_start_and_an_end()
    {
        Script script = Answer.WithReasoning("Hm.").WithToolCall("f", "{}").WithToolCall("g", "");
        RawResponse response = await RawHttp.RequestAsync(script, Question, Path);
        JsonNode[] events = [.. response.Data()];

        const string Start = "event: message-start\ndata: {\"type\":\"message-start\",\"id\":";
        Assert.StartsWith(Start, response.Text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", response.Text, StringComparison.Ordinal);
        Assert.Equal(
            "message-start content-start0 content-delta0 content-delta0 content-end0 content-start1 content-delta1 content-delta1 "
            + "content-delta1 content-delta1 content-end1 tool-call-start0 tool-call-delta0 tool-call-delta0 tool-call-end0 "
            + "tool-call-start1 tool-call-end1 message-end",
            string.Join(' ', events.Select(e => $"{(string?)e["type"]}{(int?)e["index"]}")));
        Assert.Equal("Hi 你好.", string.Concat(events.Select(GetText)));
        JsonNode end = events[^1]["delta"]!;
        Assert.Equal(("TOOL_CALL", 2), ((string?)end["finish_reason"], (int?)end["usage"]!["tokens"]!["input_tokens"]));
    }

    [Fact]
    public async Task Response_can_be_whole()
    {
        string request = Question.Replace("\"stream\":true,", "", StringComparison.Ordinal);
        RawResponse response = await RawHttp.RequestAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}"), request, Path);
        JsonNode answer = JsonNode.Parse(response.Text)!;

        Assert.Equal(
            """[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Hi 你好."}]""",
            answer["message"]!["content"]!.ToJsonString(Unescaped));
        Assert.Equal("TOOL_CALL", (string?)answer["finish_reason"]);
        Assert.Equal("f", (string?)answer["message"]!["tool_calls"]![0]!["function"]!["name"]);
    }

    [Fact]
    public async Task Error_within_a_stream_is_in_the_last_event_or_a_separate_event()
    {
        Script data = Answer.FailAtEvent(2, ErrorFrame.Data("Out of memory", "c"));
        Script separate = Answer.FailAtEvent(2, ErrorFrame.Event("Out of memory", "c"));
        const string End = """
            event: message-end
            data: {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"Out of memory","error_type":"c"}}
            """;

        Assert.EndsWith(
            End.ReplaceLineEndings("\n") + "\n\n", (await RawHttp.RequestAsync(data, Question, Path)).Text, StringComparison.Ordinal);
        Assert.EndsWith(
            "event: error\ndata: {\"message\":\"Out of memory\",\"code\":\"c\"}\n\n",
            (await RawHttp.RequestAsync(separate, Question, Path)).Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_request_is_an_error_with_a_message()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, "{}", Path);

        Assert.Equal(400, response.Status);
        Assert.NotNull((string?)JsonNode.Parse(response.Text)!["message"]);
    }

    [Fact]
    public async Task Partial_answer_with_reasoning_is_continued()
    {
        const string Partial = """
            {"model":"m","stream":true,"messages":[
                {"role":"user","content":"Why?"},
                {"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Hi"}]},
                {"role":"user","content":"Go on."}]}
            """;
        RawResponse response = await RawHttp.RequestAsync(Answer.WithReasoning("Hm."), Partial, Path);

        Assert.Equal(" 你好.", string.Concat(response.Data().Select(GetText)));
    }

    // In message-start, the content is an array.
    private static string? GetText(JsonNode e) => (string?)(e["delta"]?["message"]?["content"] as JsonObject)?["text"];
}
