using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

public sealed class ResponsesDialectTests
{
    private const string Path = "/v1/responses";
    private const string Question = """{"model":"m","stream":true,"input":[{"role":"user","content":"Why?"}]}""";
    private const string Background = """{"model":"m","stream":true,"background":true,"input":"Why?"}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Events_have_names_and_numbers_and_say_everything_again()
    {
        RawResponse response = await AskAsync(Answer.InChunksOf(2), Question);
        IReadOnlyList<JsonNode> data = response.Data();

        string[] types =
        [
            "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
            "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
        ];
        Assert.Equal(types, data.Select(e => (string?)e["type"]));
        Assert.Equal(types, response.Text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line[7..]));
        Assert.Equal(Enumerable.Range(0, types.Length), data.Select(e => (int)e["sequence_number"]!));
        Assert.Equal("Hi 你好.", (string?)data[6]["text"]);
        Assert.Equal("Hi 你好.", (string?)data[^1]["response"]!["output"]![0]!["content"]![0]!["text"]);
        Assert.Equal(6, (int)data[^1]["response"]!["usage"]!["total_tokens"]!);
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thoughts_and_calls_are_items_of_their_own()
    {
        IReadOnlyList<JsonNode> data = (await AskAsync(Answer.WithReasoning("Hm, well.").WithToolCall("f", """{"a":1}""").WithToolCall("g", "{}"), Question)).Data();

        Assert.Equal(["reasoning", "message", "function_call", "function_call"], data.Where(e => (string?)e["type"] == "response.output_item.done").Select(e => (string?)e["item"]!["type"]));
        Assert.Equal("Hm, well.", Joined("response.reasoning_summary_text.delta"));
        Assert.Equal("""{"a":1}{}""", Joined("response.function_call_arguments.delta"));
        Assert.Equal(["call_1", "call_2"], data[^1]["response"]!["output"]!.AsArray().Skip(2).Select(item => (string?)item!["call_id"]));

        string Joined(string type) => string.Concat(data.Where(e => (string?)e["type"] == type).Select(e => (string?)e["delta"]));
    }

    [Theory]
    [InlineData("stop", "completed", null)]
    [InlineData("length", "incomplete", "max_output_tokens")]
    [InlineData("content_filter", "incomplete", "content_filter")]
    public async Task The_end_has_a_status(string finish, string status, string? reason)
    {
        JsonNode end = (await AskAsync(Answer.WithFinish(finish).WithoutUsage(), Question)).Data()[^1];

        Assert.Equal(("response." + status, status), ((string?)end["type"], (string?)end["response"]!["status"]));
        Assert.Equal(reason, (string?)end["response"]!["incomplete_details"]?["reason"]);
        Assert.Null(end["response"]!["usage"]);
        Assert.Equal("response.output_text.delta", (string?)(await AskAsync(Answer.WithoutFinish(), Question)).Data()[^1]["type"]);
    }

    [Fact]
    public async Task It_answers_whole_without_stream_and_refuses_what_is_wrong()
    {
        JsonNode whole = JsonNode.Parse((await AskAsync(Answer, """{"input":"Why?"}""")).Text)!;
        RawResponse refused = await AskAsync(Answer, """{"messages":[]}""");

        Assert.Equal(("response", "Hi 你好."), ((string?)whole["object"], (string?)whole["output"]![0]!["content"]![0]!["text"]));
        Assert.Equal((400, "invalid_request_error"), (refused.Status, (string?)JsonNode.Parse(refused.Text)!["error"]!["code"]));
    }

    [Fact]
    public async Task An_error_in_the_stream_is_an_event_of_its_type()
    {
        string text = (await AskAsync(Answer.FailAt(2, ErrorFrame.Event("Bad", "server_error")), Question)).Text;
        Assert.EndsWith("""event: error""" + "\n" + """data: {"type":"error","error":{"type":"server_error","code":"server_error","message":"Bad","param":null}}""" + "\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_on_with_a_partial_answer()
    {
        IReadOnlyList<JsonNode> data = (await AskAsync(Answer, """{"stream":true,"input":[{"role":"user","content":"Why?"},{"role":"assistant","content":[{"type":"output_text","text":"Hi 你"}]},{"role":"user","content":"Continue."}]}""")).Data();
        Assert.Equal("好.", string.Concat(data.Where(e => (string?)e["type"] == "response.output_text.delta").Select(e => (string?)e["delta"])));
    }

    [Fact]
    public async Task What_is_asked_for_in_the_background_is_kept_and_sent_on()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer.CutAtEvent(5).Then(Script.Answer("Not this.").CutAtEvent(2)).Then(Script.Status(503)));
        await RawHttp.AskAsync(server, Background, Path);
        IReadOnlyList<JsonNode> two = (await GetAsync(server, "?stream=true&starting_after=4")).Data();
        RawResponse unavailable = await GetAsync(server, "?stream=true&starting_after=4");

        Assert.Equal([5, 6], two.Select(e => (int)e["sequence_number"]!));
        Assert.Equal(503, unavailable.Status);
        Assert.Equal((ContinuationKind.None, ContinuationKind.Replay), (server.Requests[0].Continuation, server.Requests[1].Continuation));

        server.Play(Answer);
        RawResponse rest = await GetAsync(server, "?stream=true&starting_after=4");
        Assert.Equal(5, (int)rest.Data()[0]["sequence_number"]!);
        Assert.Equal("Hi 你好.", (string?)rest.Data()[^1]["response"]!["output"]![0]!["content"]![0]!["text"]);
        Assert.Equal(0, (int)(await GetAsync(server, "?stream=true")).Data()[0]["sequence_number"]!);
        Assert.Equal("completed", (string?)JsonNode.Parse((await GetAsync(server, "")).Text)!["status"]);
    }

    [Fact]
    public async Task What_is_not_is_not()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        await RawHttp.AskAsync(server, Question, Path);
        RawResponse response = await GetAsync(server, "?stream=true");

        Assert.Equal((404, "not_found"), (response.Status, (string?)JsonNode.Parse(response.Text)!["error"]!["code"]));
    }

    private static Task<RawResponse> GetAsync(ScriptedLlmServer server, string query) => RawHttp.AskAsync(server, "", Path + "/resp_00000000" + query);

    private static async Task<RawResponse> AskAsync(Script script, string body)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server, body, Path);
    }
}
