using System.Net;
using LlmStream.AspNetCore.Tests.Serving;
using LlmStream.Relay;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Beginning, resuming and stopping over HTTP, with the simplest wire.</summary>
public class KeptStreamTests
{
    private const string Question = """{"message":"hi","id":"chat-1"}""";

    [Fact]
    public async Task An_answer_is_sent_with_the_id_of_its_stream_and_the_positions_of_its_events()
    {
        await using KeptNode node = await KeptNode.StartAsync(_ => FakeAnswers.Complete("Hello, ", "world."));

        using HttpResponseMessage response = await node.PostAsync(Question);
        List<SentEvent> events = await response.ReadEventsAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Hello, world.", events.Text());
        Assert.True((bool)events[^1].Json["done"]!);
        Assert.Matches("^[0-9a-z]{10}-[12].end$", events[^1].Id);
        string streamId = Assert.Single(response.Headers.GetValues("X-Stream-Id"));
        Assert.NotNull(await node.Store.GetStatusAsync(streamId));
    }

    [Fact]
    public async Task A_client_that_lost_its_connection_gets_the_rest()
    {
        var answer = new LiveAnswer();
        await using KeptNode node = await KeptNode.StartAsync(stopped => answer.StreamAsync(stopped));
        answer.Send("Hello, ");
        HttpResponseMessage first = await node.PostAsync(Question);
        IAsyncEnumerator<SentEvent> reader = first.EnumerateEventsAsync().GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        string? position = reader.Current.Id;
        first.Dispose();

        using HttpResponseMessage second = await node.GetAsync("/api/chat/chat-1/stream?wire=json", position);
        Task<List<SentEvent>> rest = second.ReadEventsAsync();
        answer.Send("world.");
        answer.Complete();

        Assert.Equal("world.", (await rest).Text());
        Assert.False((await answer.Started).IsCancellationRequested);
    }

    [Fact]
    public async Task The_id_of_a_run_finds_its_stream()
    {
        var answer = new LiveAnswer();
        await using KeptNode node = await KeptNode.StartAsync(stopped => answer.StreamAsync(stopped));
        answer.Send("Hello, ");
        using HttpResponseMessage first = await node.AskAsync("ag-ui");

        using HttpResponseMessage resumed = await node.GetAsync("/api/chat/run-hi/stream");
        using HttpResponseMessage unknown = await node.GetAsync("/api/chat/run-ho/stream");
        Assert.Equal(HttpStatusCode.NoContent, await node.StopAsync("run-ho"));
        Assert.Equal(HttpStatusCode.NoContent, await node.StopAsync("run-hi"));
        List<SentEvent> events = await first.ReadEventsAsync();

        Assert.Equal(HttpStatusCode.OK, resumed.StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, unknown.StatusCode);
        Assert.Equal(TurnTests.StreamId(first), TurnTests.StreamId(resumed));
        Assert.Contains("cancelled", events[^1].Data, StringComparison.Ordinal);
        Assert.Equal(WireText.Of(events), WireText.Of(await resumed.ReadEventsAsync()));
        await answer.Ended;
    }

    [Fact]
    public async Task The_id_of_somebody_elses_run_is_unknown()
    {
        await using KeptNode node = await KeptNode.StartAsync(
            _ => FakeAnswers.Complete("Hello."), options => options.Owner = http => http.Request.Headers["X-User"].ToString() + "x");
        using HttpResponseMessage response = await node.AskAsync("ag-ui");
        await response.ReadEventsAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/chat/run-hi/stream");
        request.Headers.Add("X-User", "another");

        using HttpResponseMessage own = await node.GetAsync("/api/chat/run-hi/stream");
        using HttpResponseMessage other = await node.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_stop_ends_the_answer_as_cancelled()
    {
        var answer = new LiveAnswer();
        await using KeptNode node = await KeptNode.StartAsync(stopped => answer.StreamAsync(stopped));
        answer.Send("Hello, ");
        using HttpResponseMessage response = await node.PostAsync(Question);

        Assert.Equal(HttpStatusCode.NoContent, await node.StopAsync("chat-1"));
        List<SentEvent> events = await response.ReadEventsAsync();

        Assert.Equal("cancelled", (string?)events[^1].Json["error"]);
        await answer.Ended;
        Assert.True((await answer.Started).IsCancellationRequested);
    }
}
