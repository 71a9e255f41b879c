using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

public sealed class CohereDialectTests
{
    private const string Question = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Every_block_has_a_start_and_an_end()
    {
        RawResponse response = await AskAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}").WithToolCall("g", ""));
        JsonNode[] events = [.. response.Data()];

        Assert.StartsWith("event: message-start\ndata: {\"type\":\"message-start\",\"id\":", response.Text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", response.Text, StringComparison.Ordinal);
        Assert.Equal(
            "message-start content-start0 content-delta0 content-delta0 content-end0 content-start1 content-delta1 content-delta1 content-delta1 content-delta1 content-end1 "
            + "tool-call-start0 tool-call-delta0 tool-call-delta0 tool-call-end0 tool-call-start1 tool-call-end1 message-end",
            string.Join(' ', events.Select(e => $"{(string?)e["type"]}{(int?)e["index"]}")));
        Assert.Equal("Hi 你好.", string.Concat(events.Select(TextOf)));
        Assert.Equal(("TOOL_CALL", 2), ((string?)events[^1]["delta"]!["finish_reason"], (int?)events[^1]["delta"]!["usage"]!["tokens"]!["input_tokens"]));
    }

    [Fact]
    public async Task It_answers_whole_where_no_stream_is_asked_for()
    {
        JsonNode answer = JsonNode.Parse((await AskAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}"), Question.Replace("\"stream\":true,", "", StringComparison.Ordinal))).Text)!;

        Assert.Equal("""[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Hi 你好."}]""", answer["message"]!["content"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(("TOOL_CALL", "f"), ((string?)answer["finish_reason"], (string?)answer["message"]!["tool_calls"]![0]!["function"]!["name"]));
    }

    [Fact]
    public async Task An_error_in_mid_stream_is_said_in_the_end()
    {
        string text = (await AskAsync(Answer.FailAt(2, ErrorFrame.Data("Out of reeds", "c")))).Text;
        const string End = """
            event: message-end
            data: {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"Out of reeds","error_type":"c"}}
            """;
        Assert.EndsWith(End.ReplaceLineEndings("\n") + "\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("event: error\ndata: {\"message\":\"Out of reeds\",\"code\":\"c\"}\n\n", (await AskAsync(Answer.FailAt(2, ErrorFrame.Event("Out of reeds", "c")))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_request_has_a_message()
    {
        RawResponse response = await AskAsync(Answer, "{}");
        Assert.Equal(400, response.Status);
        Assert.NotNull((string?)JsonNode.Parse(response.Text)!["message"]);
    }

    [Fact]
    public async Task Thoughts_that_are_sent_back_are_not_thought_again()
    {
        const string Half = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Hi"}]},{"role":"user","content":"Go on."}]}""";
        JsonNode[] events = [.. (await AskAsync(Answer.WithReasoning("Hm."), Half)).Data()];
        Assert.Equal(" 你好.", string.Concat(events.Select(TextOf)));
    }

    // message-start has a list there.
    private static string? TextOf(JsonNode e) => (string?)(e["delta"]?["message"]?["content"] as JsonObject)?["text"];

    private static async Task<RawResponse> AskAsync(Script script, string body = Question)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server, body, "/v2/chat");
    }
}
