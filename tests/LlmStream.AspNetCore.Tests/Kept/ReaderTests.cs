using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Readers of one stream.</summary>
public class ReaderTests
{
    private static SteppedAnswer CreateAnswer() => new(Wires.Encoded.Pieces("天空 ", "is ", "blue 🌤️."));

    [Fact]
    public async Task Readers_over_four_wires_at_once_get_the_same_answer()
    {
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit();
        using HttpResponseMessage first = await node.AskAsync("ui-messages");
        HttpResponseMessage[] others = await Task.WhenAll(
            KeptRequests.Wires.Select(wire => node.GetAsync($"/api/chat/chat-1/stream?wire={wire}")));
        answer.PermitAll();
        string[] texts = await Task.WhenAll(
            others.Prepend(first).Select(async response => WireText.Pieces(WireText.Of(await response.ReadEventsAsync()))));

        Assert.All(texts, text => Assert.Equal("天空 is blue 🌤️.", text));
        Assert.Equal(1, answer.Runs);
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("json")]
    public async Task A_client_that_has_the_end_gets_nothing(string wire)
    {
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using HttpResponseMessage first = await node.AskAsync(wire);
        List<SentEvent> events = await first.ReadEventsAsync();

        using HttpResponseMessage nothing = await node.GetAsync("/api/chat/chat-1/stream", events[^1].Id);
        using HttpResponseMessage end = await node.GetAsync($"/api/chat/chat-1/stream?after={events[^2].Id}");

        Assert.Equal(HttpStatusCode.NoContent, nothing.StatusCode);
        Assert.Equal(events[^1].Data, Assert.Single(await end.ReadEventsAsync()).Data);
    }

    [Fact]
    public async Task A_position_that_the_stream_does_not_have_is_an_error_and_no_end()
    {
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using HttpResponseMessage first = await node.AskAsync("json");
        await first.ReadEventsAsync();

        using HttpResponseMessage gone = await node.GetAsync("/api/chat/chat-1/stream", "0123456789-2");
        using HttpResponseMessage invalid = await node.GetAsync("/api/chat/chat-1/stream", "nonsense");

        Assert.Equal((HttpStatusCode.Gone, HttpStatusCode.NoContent), (gone.StatusCode, invalid.StatusCode));
    }

    [Theory]
    [InlineData("ui-messages", HttpStatusCode.NoContent)]
    [InlineData("openai", HttpStatusCode.NotFound)]
    [InlineData("ag-ui", HttpStatusCode.NotFound)]
    [InlineData("json", HttpStatusCode.NotFound)]
    public async Task Nothing_to_resume_is_what_the_wire_expects(string wire, HttpStatusCode expected)
    {
        await using KeptNode node = await KeptNode.StartAsync(
            CreateAnswer().StreamAsync, options => options.Wire = KeptRequests.Wire(wire));
        using HttpResponseMessage response = await node.GetAsync("/api/chat/chat-1/stream");

        Assert.Equal(expected, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task A_stream_that_has_expired_is_nothing()
    {
        var time = new FakeTimeProvider();
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(
            answer.StreamAsync, configure: options => options.Store = new() { EndedRetention = TimeSpan.FromMinutes(5) }, time: time);
        using HttpResponseMessage first = await node.AskAsync("json");
        List<SentEvent> events = await first.ReadEventsAsync();
        time.Advance(TimeSpan.FromMinutes(4));
        using HttpResponseMessage kept = await node.GetAsync("/api/chat/chat-1/stream");
        await kept.ReadEventsAsync();
        time.Advance(TimeSpan.FromMinutes(2));

        using HttpResponseMessage byChat = await node.GetAsync("/api/chat/chat-1/stream", events[0].Id);
        using HttpResponseMessage byStream = await node.GetAsync($"/api/chat/{TurnTests.StreamId(first)}/stream");

        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (byChat.StatusCode, byStream.StatusCode));
        Assert.Equal(1, answer.Runs);
    }

    [Fact]
    public async Task A_stream_that_expires_while_somebody_reads_ends_with_an_error()
    {
        var time = new FakeTimeProvider();
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync, time: time);
        answer.Permit();
        using HttpResponseMessage response = await node.AskAsync("json");
        Task<List<SentEvent>> reading = response.ReadEventsAsync();
        time.Advance(TimeSpan.FromHours(1)); // longer than a producer may be silent, at once

        List<SentEvent> events = await reading.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.NotNull((string?)events[^1].Json["error"]);
        Assert.Null(events[^1].Id); // it is no end of the stream
    }

    [Fact]
    public async Task The_whole_answer_is_sent_as_one_object_to_a_client_that_does_not_stream()
    {
        SteppedAnswer answer = CreateAnswer();
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using HttpResponseMessage response = await node.PostAsync("""{"stream":false,"messages":[{"role":"user","content":"hi"}]}""");
        JsonNode body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal("天空 is blue 🌤️.", (string?)body["choices"]![0]!["message"]!["content"]);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.NotEmpty(TurnTests.StreamId(response));
    }

    [Fact]
    public async Task The_answer_is_abandoned_after_a_time_without_readers_only_if_the_application_wants_that()
    {
        var time = new FakeTimeProvider();
        SteppedAnswer answer = CreateAnswer();
        await using KeptNode node = await KeptNode.StartAsync(
            answer.StreamAsync,
            configure: options => options.Relay = options.Relay with { AbandonAfter = TimeSpan.FromMinutes(1) },
            time: time);
        answer.Permit();
        (await node.AskAsync("json")).Dispose();

        await Serving.Clocks.AdvanceUntilAsync(time, answer.Ended, TimeSpan.FromSeconds(5));

        Assert.True((await answer.Started).IsCancellationRequested);
    }
}
