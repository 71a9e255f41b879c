using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class AnthropicServerDialectTests
{
    private const string Path = "/v1/messages";
    private const string Question = """{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Why?"}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Content_blocks_have_a_start_deltas_and_an_end()
    {
        Script script = Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}""").WithToolCall("now", "{}");
        RawResponse response = await RawHttp.RequestAsync(script, Question, Path);
        IReadOnlyList<JsonNode> data = response.Data();

        const string Start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_";
        Assert.StartsWith(Start, response.Text, StringComparison.Ordinal);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", response.Text, StringComparison.Ordinal);
        IEnumerable<string?> blocks = OfType("content_block_start").Select(start => (string?)start["content_block"]!["type"]);
        Assert.Equal(["thinking", "text", "tool_use", "tool_use"], blocks);
        Assert.Equal([0, 1, 2, 3], OfType("content_block_stop").Select(stop => (int)stop["index"]!));
        Assert.Equal("Hi 你好.", Deltas(1, "text"));
        Assert.Equal("Hm.", Deltas(0, "thinking"));
        Assert.NotEqual("", Deltas(0, "signature"));
        Assert.Equal("""{"a":1}""", Deltas(2, "partial_json"));
        Assert.Equal("", Deltas(3, "partial_json"));
        JsonNode last = Assert.Single(OfType("message_delta"));
        Assert.Equal(("tool_use", 2), ((string?)last["delta"]!["stop_reason"], (int)last["usage"]!["input_tokens"]!));
        Assert.Single(OfType("ping"));

        IEnumerable<JsonNode> OfType(string type) => data.Where(json => (string?)json["type"] == type);
        string Deltas(int index, string field) => string.Concat(
            OfType("content_block_delta").Where(json => (int)json["index"]! == index).Select(json => (string?)json["delta"]![field]));
    }

    [Fact]
    public async Task Response_can_be_whole()
    {
        string request = Question.Replace("\"stream\":true,", "", StringComparison.Ordinal);
        Script script = Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}""");
        JsonNode answer = JsonNode.Parse((await RawHttp.RequestAsync(script, request, Path)).Text)!;

        Assert.Equal(["thinking", "text", "tool_use"], answer["content"]!.AsArray().Select(block => (string?)block!["type"]));
        Assert.Equal("""{"a":1}""", answer["content"]![2]!["input"]!.ToJsonString());
        Assert.Equal(("message", "tool_use"), ((string?)answer["type"], (string?)answer["stop_reason"]));
    }

    [Fact]
    public async Task Max_tokens_is_required()
    {
        string request = Question.Replace("\"max_tokens\":9,", "", StringComparison.Ordinal);
        RawResponse response = await RawHttp.RequestAsync(Answer, request, Path);

        const string Error = """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}""";
        Assert.Equal((400, Error), (response.Status, response.Text));
    }

    [Fact]
    public async Task Prefill_must_not_end_with_white_space()
    {
        RawResponse response = await RawHttp.RequestAsync(
            Answer, AddMessages("""{"role":"assistant","content":[{"type":"text","text":"Hi "}]}"""), Path);

        Assert.Contains("trailing whitespace", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_have_a_type()
    {
        RawResponse status = await RawHttp.RequestAsync(Script.Status(529), Question, Path);
        Script script = Answer.FailAtEvent(0, ErrorFrame.Event("Overloaded", "overloaded_error"));

        Assert.Equal((529, "overloaded_error"), (status.Status, (string?)JsonNode.Parse(status.Text)!["error"]!["type"]));
        Assert.Equal(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            (await RawHttp.RequestAsync(script, Question, Path)).Text);
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":"Hi 你"}""", ContinuationKind.Prefill)]
    [InlineData(
        """{"role":"assistant","content":[{"type":"text","text":"Hi 你"}]},{"role":"user","content":"You were interrupted."}""",
        ContinuationKind.Instruction)]
    [InlineData(
        """{"role":"assistant","content":"Hi 你"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}""",
        ContinuationKind.None)]
    public async Task Partial_answer_is_continued_unless_a_tool_result_follows(string messages, ContinuationKind kind)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        RawResponse response = await RawHttp.RequestAsync(server, AddMessages(messages), Path);

        Assert.Equal(kind, server.Requests[0].Continuation);
        string text = string.Concat(response.Data().Select(json => (string?)(json["delta"] as JsonObject)?["text"]));
        Assert.Equal(kind is ContinuationKind.None ? "Hi 你好." : "好.", text);
    }

    private static string AddMessages(string messages) => Question.Replace("]}", $",{messages}]}}", StringComparison.Ordinal);
}
