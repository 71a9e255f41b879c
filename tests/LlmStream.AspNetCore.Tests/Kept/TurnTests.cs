using System.Net;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>What a POST means: the same again, another turn of the conversation, or another answer in place of the last one.</summary>
public class TurnTests
{
    private const string Regenerate =
        """{"id":"chat-1","trigger":"regenerate-message","messages":[{"id":"u-hi","role":"user","parts":[{"type":"text","text":"hi"}]}]}""";

    private static SteppedAnswer CreateAnswer() => new(Wires.Encoded.Pieces("Hello, ", "world."));

    [Theory]
    [InlineData("ui-messages")]
    [InlineData("ag-ui")]
    public async Task The_same_request_joins_a_running_stream_and_replays_one_that_has_ended(string wire)
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit();
        using HttpResponseMessage first = await node.AskAsync(wire);
        using HttpResponseMessage second = await node.AskAsync(wire);
        answer.PermitAll();
        List<SentEvent>[] both = await Task.WhenAll(first.ReadEventsAsync(), second.ReadEventsAsync());
        using HttpResponseMessage third = await node.AskAsync(wire);
        List<SentEvent> replay = await third.ReadEventsAsync();

        Assert.Equal(1, answer.Runs);
        Assert.Single(new[] { StreamId(first), StreamId(second), StreamId(third) }.Distinct(StringComparer.Ordinal));
        Assert.Equal(WireText.Of(both[0]), WireText.Of(both[1]));
        Assert.Equal(WireText.Of(both[0]), WireText.Of(replay));
        Assert.Equal(both[0][0].Data, replay[0].Data); // the same ids
    }

    [Fact]
    public async Task Regenerate_begins_anew_after_the_end_and_joins_while_it_runs()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.PermitAll();
        using HttpResponseMessage first = await node.AskAsync("ui-messages");
        List<SentEvent> original = await first.ReadEventsAsync();
        using HttpResponseMessage second = await node.PostAsync(Regenerate);
        List<SentEvent> regenerated = await second.ReadEventsAsync();
        using HttpResponseMessage third = await node.PostAsync(Regenerate);
        await third.ReadEventsAsync();

        Assert.Equal(3, answer.Runs);
        Assert.NotEqual((string?)original[0].Json["messageId"], (string?)regenerated[0].Json["messageId"]);
        Assert.NotEqual(StreamId(second), StreamId(third));
    }

    [Fact]
    public async Task Regenerate_joins_its_own_running_stream()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit();
        using HttpResponseMessage first = await node.PostAsync(Regenerate);
        using HttpResponseMessage second = await node.PostAsync(Regenerate);
        answer.PermitAll();
        await Task.WhenAll(first.ReadEventsAsync(), second.ReadEventsAsync());

        Assert.Equal((1, StreamId(first)), (answer.Runs, StreamId(second)));
    }

    [Theory]
    [InlineData("ui-messages")]
    [InlineData("openai")]
    [InlineData("ag-ui")]
    [InlineData("json")]
    public async Task The_next_turn_is_another_stream_which_the_chat_id_means_from_then_on(string wire)
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.PermitAll();
        using HttpResponseMessage first = await node.AskAsync(wire);
        await first.ReadEventsAsync();
        using HttpResponseMessage second = await node.AskAsync(wire, "and now?");
        await second.ReadEventsAsync();
        using HttpResponseMessage resumed = await node.GetAsync("/api/chat/chat-1/stream");
        using HttpResponseMessage earlier = await node.GetAsync($"/api/chat/{StreamId(first)}/stream");

        Assert.Equal(2, answer.Runs);
        Assert.NotEqual(StreamId(first), StreamId(second));
        Assert.Equal(StreamId(second), StreamId(resumed));
        Assert.Equal(StreamId(first), StreamId(earlier));
    }

    [Theory]
    [InlineData("ui-messages")]
    [InlineData("openai")]
    [InlineData("ag-ui")]
    [InlineData("json")]
    public async Task A_newer_request_supersedes_a_running_stream_of_the_conversation(string wire)
    {
        SteppedAnswer[] answers = [CreateAnswer(), CreateAnswer()];
        int runs = 0;
        await using KeptNode node = await KeptNode.StartAsync(stopped => answers[runs++].StreamAsync(stopped));
        answers[0].Permit();
        using HttpResponseMessage first = await node.AskAsync(wire);
        answers[1].PermitAll();
        using HttpResponseMessage second = await node.AskAsync(wire, "no, rather this");
        List<SentEvent> superseded = await first.ReadEventsAsync();
        List<SentEvent> answered = await second.ReadEventsAsync();

        Assert.Contains(superseded, sent => sent.Data.Contains(Cancelled(wire), StringComparison.Ordinal));
        Assert.DoesNotContain(answered, sent => sent.Data.Contains(Cancelled(wire), StringComparison.Ordinal));
        await answers[0].Ended;
    }

    [Fact]
    public async Task A_late_repetition_of_an_earlier_turn_does_not_supersede_the_next()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit(3);
        using HttpResponseMessage first = await node.AskAsync("ui-messages");
        await first.ReadEventsAsync();
        answer.Permit();
        using HttpResponseMessage second = await node.AskAsync("ui-messages", "next");
        using HttpResponseMessage late = await node.AskAsync("ui-messages");
        await late.ReadEventsAsync();
        answer.PermitAll();

        Assert.Equal(StreamId(first), StreamId(late));
        Assert.Contains((await second.ReadEventsAsync()), sent => sent.Data.Contains("\"finish\"", StringComparison.Ordinal));
        Assert.Equal(2, answer.Runs);
    }

    [Fact]
    public async Task The_answer_to_the_results_of_tools_continues_the_message()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.PermitAll();
        using HttpResponseMessage response = await node.PostAsync(
            """
            {"id":"chat-1","trigger":"submit-message","messages":[{"id":"u","role":"user","parts":[{"type":"text","text":"Rain?"}]},
            {"id":"msg-7","role":"assistant","parts":[
            {"type":"tool-weather","toolCallId":"c","state":"output-available","input":{},"output":"rain"}]}]}
            """);
        List<SentEvent> events = await response.ReadEventsAsync();
        using HttpResponseMessage resumed = await node.GetAsync("/api/chat/chat-1/stream");

        Assert.Equal("msg-7", (string?)events[0].Json["messageId"]);
        Assert.Equal("msg-7", (string?)(await resumed.ReadEventsAsync())[0].Json["messageId"]);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("json")]
    public async Task An_idempotency_key_makes_two_requests_the_same(string wire)
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.PermitAll();
        string body = KeptRequests.Of(wire).Replace(",\"id\":\"chat-1\"", "", StringComparison.Ordinal);
        using HttpResponseMessage first = await node.PostAsync(body, idempotencyKey: "key-1");
        using HttpResponseMessage second = await node.PostAsync(body, idempotencyKey: "key-1");
        using HttpResponseMessage other = await node.PostAsync(body, idempotencyKey: "key-2");
        using HttpResponseMessage without = await node.PostAsync(body);
        using HttpResponseMessage resumed = await node.GetAsync("/api/chat/key-1/stream");
        await Task.WhenAll(new[] { first, second, other, without, resumed }.Select(response => response.ReadEventsAsync()));

        Assert.Equal(3, answer.Runs);
        Assert.Equal(StreamId(first), StreamId(second));
        Assert.Equal(StreamId(first), StreamId(resumed));
    }

    [Fact]
    public async Task A_failed_answer_is_not_repeated_by_the_same_request()
    {
        int runs = 0;
        await using KeptNode node = await KeptNode.StartAsync(_ => runs++ == 0
            ? Serving.FakeAnswers.FailingAfter(new ChatStreamException(ChatStreamError.ServerError))
            : Serving.FakeAnswers.Complete("Hello."));
        using HttpResponseMessage first = await node.AskAsync("ui-messages");
        using HttpResponseMessage second = await node.AskAsync("ui-messages");

        Assert.Equal((HttpStatusCode.BadGateway, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
    }

    [Fact]
    public async Task A_resume_never_begins_a_stream()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        foreach (string id in new[] { "chat-1", "..", "%2F", new string('x', 26) })
        {
            using HttpResponseMessage response = await node.GetAsync($"/api/chat/{id}/stream", "abc-3");
            Assert.True(response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotFound);
        }

        Assert.Equal(0, answer.Runs);
    }

    internal static string StreamId(HttpResponseMessage response) => Assert.Single(response.Headers.GetValues("X-Stream-Id"));

    internal static string Cancelled(string wire) => wire == "ui-messages" ? "\"abort\"" : "cancelled";
}
