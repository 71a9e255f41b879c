using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects.Interactions;

public sealed class InteractionsServerDialectTests
{
    private const string Path = "/v1beta/interactions";
    private const string Question = """{"model":"m","stream":true,"input":[{"type":"user_input","content":[{"type":"text","text":"Why?"}]}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Events_have_types_and_ids()
    {
        RawResponse response = await RawHttp.RequestAsync(
            Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}""").InChunksOf(4), Question, Path);
        IReadOnlyList<JsonNode> data = response.Data();

        string[] types =
        [
            "interaction.created", "interaction.status_update",
            "step.start", "step.delta", "step.delta", "step.stop",
            "step.start", "step.delta", "step.stop",
            "step.start", "step.delta", "step.delta", "step.stop",
            "interaction.completed",
        ];
        Assert.Equal(types, data.Select(e => (string?)e["event_type"]));
        Assert.Equal(Enumerable.Range(0, types.Length).Select(i => $"event_{i}"), data.Select(e => (string?)e["event_id"]));
        IEnumerable<string> names = response.Text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal));
        Assert.Equal([.. types, "done"], names.Select(line => line[7..]));
        Assert.EndsWith("data: [DONE]\n\n", response.Text, StringComparison.Ordinal);
        Assert.Equal(["thought", "model_output", "function_call"], data.Where(e => e["step"] is not null).Select(e => (string?)e["step"]!["type"]));
        Assert.Equal(
            ["thought_summary", "thought_signature", "text", "arguments_delta", "arguments_delta"],
            data.Where(e => e["delta"] is not null).Select(e => (string?)e["delta"]!["type"]));
        Assert.Equal("requires_action", (string?)data[^1]["interaction"]!["status"]);
        Assert.True((int)data[^1]["interaction"]!["usage"]!["total_tokens"]! > 0);
    }

    [Theory]
    [InlineData("stop", "completed")]
    [InlineData("length", "incomplete")]
    [InlineData("failed", "failed")]
    public async Task Finish_reason_determines_the_status(string finish, string status)
    {
        JsonNode end = (await RawHttp.RequestAsync(Answer.WithFinishReason(finish).WithoutUsage(), Question, Path)).Data()[^1];
        Assert.Equal((status, null), ((string?)end["interaction"]!["status"], end["interaction"]!["usage"]));
    }

    [Fact]
    public async Task Interaction_can_be_whole()
    {
        string text = (await RawHttp.RequestAsync(Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}"""), """{"input":"Why?"}""", Path)).Text;
        JsonArray steps = JsonNode.Parse(text)!["steps"]!.AsArray();
        Assert.Equal(["thought", "model_output", "function_call"], steps.Select(step => (string?)step!["type"]));
        Assert.Equal("Hi 你好.", (string?)steps[1]!["content"]![0]!["text"]);
        Assert.Equal(1, (int)steps[2]!["arguments"]!["a"]!);
    }

    [Fact]
    public async Task Partial_answer_is_continued()
    {
        const string Partial = """
            {"stream":true,"input":[
                {"type":"user_input","content":[{"type":"text","text":"Why?"}]},
                {"type":"model_output","content":[{"type":"text","text":"Hi 你"}]},
                {"type":"user_input","content":[{"type":"text","text":"Continue."}]}]}
            """;
        IReadOnlyList<JsonNode> data = (await RawHttp.RequestAsync(Answer, Partial, Path)).Data();
        Assert.Equal("好.", string.Concat(data.Select(e => (string?)e["delta"]?["text"])));
    }

    [Fact]
    public async Task Interaction_is_stored_and_replayed_after_an_event()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer.CutAtEvent(3).Then(Answer.CutAtEvent(2)).ThenWithoutFaults());
        await RawHttp.RequestAsync(server, Question, Path);
        RawResponse twoEvents = await RawHttp.RequestAsync(server, "", Path + "/v1_00000000?stream=true&last_event_id=event_2");
        RawResponse all = await RawHttp.RequestAsync(server, "", Path + "/v1_00000000?stream=true");
        RawResponse state = await RawHttp.RequestAsync(server, "", Path + "/v1_00000000");
        RawResponse missing = await RawHttp.RequestAsync(server, "", Path + "/v1_1?stream=true");

        Assert.Equal(["event_3", "event_4"], twoEvents.Data().Select(e => (string?)e["event_id"]));
        Assert.Equal("event_0", (string?)all.Data()[0]["event_id"]);
        Assert.Equal("completed", (string?)JsonNode.Parse(state.Text)!["status"]);
        Assert.Equal((404, "not_found"), (missing.Status, (string?)JsonNode.Parse(missing.Text)!["error"]!["code"]));
        Assert.Equal(ContinuationKind.Replay, server.Requests[1].Continuation);
    }

    [Fact]
    public async Task Interaction_is_not_stored_if_the_request_says_so()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        await RawHttp.RequestAsync(server, """{"stream":true,"store":false,"input":"Why?"}""", Path);
        Assert.Equal(404, (await RawHttp.RequestAsync(server, "", Path + "/v1_00000000?stream=true")).Status);
    }

    [Fact]
    public async Task Error_is_an_event()
    {
        JsonNode error = (await RawHttp.RequestAsync(Answer.FailAtEvent(3, ErrorFrame.Data()), Question, Path)).Data()[^1];
        Assert.Equal("error", (string?)error["event_type"]);
        Assert.NotNull(error["error"]!["code"]);
        Assert.Equal(400, (await RawHttp.RequestAsync(Answer, "{}", Path)).Status);
    }
}
