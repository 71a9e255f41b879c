using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects.Responses;

public sealed class ResponsesServerDialectTests
{
    private const string Path = "/v1/responses";
    private const string Question = """{"model":"m","stream":true,"input":[{"role":"user","content":"Why?"}]}""";
    private const string Background = """{"model":"m","stream":true,"background":true,"input":"Why?"}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Events_have_types_and_numbers_and_repeat_the_content_at_the_end()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.InChunksOf(2), Question, Path);
        IReadOnlyList<JsonNode> data = response.Data();

        string[] types =
        [
            "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
            "response.output_text.delta", "response.output_text.delta", "response.output_text.done", "response.content_part.done",
            "response.output_item.done", "response.completed",
        ];
        Assert.Equal(types, data.Select(e => (string?)e["type"]));
        IEnumerable<string> names = response.Text.Split('\n').Where(line => line.StartsWith("event: ", StringComparison.Ordinal));
        Assert.Equal(types, names.Select(line => line[7..]));
        Assert.Equal(Enumerable.Range(0, types.Length), data.Select(e => (int)e["sequence_number"]!));
        Assert.Equal("Hi 你好.", (string?)data[6]["text"]);
        Assert.Equal("Hi 你好.", GetText(data[^1]["response"]!));
        Assert.Equal(6, (int)data[^1]["response"]!["usage"]!["total_tokens"]!);
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop", "completed", null)]
    [InlineData("length", "incomplete", "max_output_tokens")]
    [InlineData("content_filter", "incomplete", "content_filter")]
    public async Task Finish_reason_determines_the_status(string finish, string status, string? reason)
    {
        JsonNode end = (await RawHttp.RequestAsync(Answer.WithFinishReason(finish).WithoutUsage(), Question, Path)).Data()[^1];
        JsonNode cut = (await RawHttp.RequestAsync(Answer.WithoutFinishReason(), Question, Path)).Data()[^1];

        Assert.Equal(("response." + status, status), ((string?)end["type"], (string?)end["response"]!["status"]));
        Assert.Equal(reason, (string?)end["response"]!["incomplete_details"]?["reason"]);
        Assert.Null(end["response"]!["usage"]);
        Assert.Equal("response.output_text.delta", (string?)cut["type"]);
    }

    [Fact]
    public async Task Response_can_be_whole()
    {
        JsonNode response = JsonNode.Parse((await RawHttp.RequestAsync(Answer, """{"input":"Why?"}""", Path)).Text)!;

        Assert.Equal(("response", "Hi 你好."), ((string?)response["object"], GetText(response)));
    }

    [Fact]
    public async Task Input_is_required()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, """{"messages":[]}""", Path);

        Assert.Equal((400, "invalid_request_error"), (response.Status, GetErrorCode(response)));
    }

    [Fact]
    public async Task Error_within_a_stream_has_a_type_and_a_number()
    {
        Script script = Answer.FailAtEvent(2, ErrorFrame.Event("Bad", "server_error"));
        string text = (await RawHttp.RequestAsync(script, Question, Path)).Text;

        const string Error =
            """{"type":"error","sequence_number":2,"code":"server_error","message":"Bad","param":null,"""
            + "\"error\":" + """{"type":"server_error","code":"server_error","message":"Bad","param":null}}""";
        Assert.EndsWith($"event: error\ndata: {Error}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partial_answer_is_continued()
    {
        const string Partial = """
            {"stream":true,"input":[
                {"role":"user","content":"Why?"},
                {"role":"assistant","content":[{"type":"output_text","text":"Hi 你"}]},
                {"role":"user","content":"Continue."}]}
            """;
        IReadOnlyList<JsonNode> data = (await RawHttp.RequestAsync(Answer, Partial, Path)).Data();

        IEnumerable<JsonNode> deltas = data.Where(e => (string?)e["type"] == "response.output_text.delta");
        Assert.Equal("好.", string.Concat(deltas.Select(e => (string?)e["delta"])));
    }

    [Fact]
    public async Task Background_response_is_stored_and_replayed()
    {
        Script faults = Answer.CutAtEvent(5).Then(Script.Answer("Not this.").CutAtEvent(2)).Then(Script.Status(503));
        await using var server = await ScriptedLlmServer.StartAsync(faults);
        await RawHttp.RequestAsync(server, Background, Path);
        RawResponse twoEvents = await ReplayAsync(server, "?stream=true&starting_after=4");
        RawResponse unavailable = await ReplayAsync(server, "?stream=true&starting_after=4");

        Assert.Equal([5, 6], twoEvents.Data().Select(e => (int)e["sequence_number"]!));
        Assert.Equal(503, unavailable.Status);
        Assert.Equal([ContinuationKind.None, ContinuationKind.Replay], server.Requests.Take(2).Select(request => request.Continuation));

        server.Play(Answer);
        IReadOnlyList<JsonNode> rest = (await ReplayAsync(server, "?stream=true&starting_after=4")).Data();
        Assert.Equal(5, (int)rest[0]["sequence_number"]!);
        Assert.Equal("Hi 你好.", GetText(rest[^1]["response"]!));
        Assert.Equal(0, (int)(await ReplayAsync(server, "?stream=true")).Data()[0]["sequence_number"]!);
        Assert.Equal("completed", (string?)JsonNode.Parse((await ReplayAsync(server, "")).Text)!["status"]);
    }

    [Fact]
    public async Task After_five_minutes_a_response_is_not_streamed_anymore_but_its_state_is_sent()
    {
        var clock = new ManualClock();
        await using var server = await ScriptedLlmServer.StartAsync(Answer, new ScriptedLlmServerOptions { TimeProvider = clock });
        await RawHttp.RequestAsync(server, Background, Path);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(200, (await ReplayAsync(server, "?stream=true")).Status);
        clock.Advance(TimeSpan.FromTicks(1));
        RawResponse refused = await ReplayAsync(server, "?stream=true");

        Assert.Equal((400, "invalid_request_error"), (refused.Status, GetErrorCode(refused)));
        Assert.Contains("more than 5 minutes old", refused.Text, StringComparison.Ordinal);
        Assert.Equal("completed", (string?)JsonNode.Parse((await ReplayAsync(server, "")).Text)!["status"]);
    }

    [Fact]
    public async Task A_pending_step_is_the_state_of_a_response_that_has_not_ended()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer.Then(Script.Pending()));
        await RawHttp.RequestAsync(server, Background, Path);
        JsonNode state = JsonNode.Parse((await ReplayAsync(server, "")).Text)!;
        Assert.Equal(("in_progress", 0, null), ((string?)state["status"], state["output"]!.AsArray().Count, state["usage"]));
        Assert.Equal(400, (await ReplayAsync(server, "?stream=true")).Status);

        RawResponse other = await RawHttp.RequestAsync(server, Background, Path);
        Assert.Equal(0, other.Status); // the script asks for something impossible
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.Requests[^1].Finished);
    }

    [Fact]
    public async Task Other_responses_are_not_stored()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        await RawHttp.RequestAsync(server, Question, Path);
        RawResponse response = await ReplayAsync(server, "?stream=true");

        Assert.Equal((404, "not_found"), (response.Status, GetErrorCode(response)));
    }

    private static string? GetText(JsonNode response) => (string?)response["output"]![0]!["content"]![0]!["text"];

    private static string? GetErrorCode(RawResponse response) => (string?)JsonNode.Parse(response.Text)!["error"]!["code"];

    private static Task<RawResponse> ReplayAsync(ScriptedLlmServer server, string query) =>
        RawHttp.RequestAsync(server, "", $"{Path}/resp_00000000{query}");
}
