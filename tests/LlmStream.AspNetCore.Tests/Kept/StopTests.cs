using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LlmStream.Relay;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Stopping an answer by its id.</summary>
public class StopTests(ITestOutputHelper output)
{
    private static readonly ChatDelta[] Deltas =
        Wires.Encoded.Pieces("The sky ", "is blue, ", "because ", "air 🌤️ ", "scatters ", "light.");

    [Theory]
    [InlineData("ui-messages")]
    [InlineData("openai")]
    [InlineData("ag-ui")]
    [InlineData("json")]
    public async Task A_stop_after_any_delta_ends_the_answer_as_cancelled(string wire)
    {
        for (int count = 1; count <= Deltas.Length; count++)
        {
            var answer = new SteppedAnswer(Deltas);
            await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
            answer.Permit();
            using HttpResponseMessage response = await node.AskAsync(wire);
            answer.Permit(count - 1);
            Assert.Equal(HttpStatusCode.NoContent, await node.StopAsync("chat-1"));
            List<SentEvent> events = await response.ReadEventsAsync();
            using HttpResponseMessage resumed = await node.GetAsync($"/api/chat/{TurnTests.StreamId(response)}/stream");

            Assert.Single(events, sent => sent.Data.Contains(TurnTests.Cancelled(wire), StringComparison.Ordinal));
            Assert.True((await answer.Started).IsCancellationRequested); // the connection to the provider is closed
            await answer.Ended;
            Assert.Equal(WireText.Of(events), WireText.Of(await resumed.ReadEventsAsync()));
        }

        output.WriteLine($"{wire}: {Deltas.Length} stops");
    }

    [Fact]
    public async Task Delete_stops_too()
    {
        var answer = new SteppedAnswer(Deltas);
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit();
        using HttpResponseMessage response = await node.AskAsync("json");
        using HttpResponseMessage deleted = await node.Client.DeleteAsync($"/api/chat/{TurnTests.StreamId(response)}");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Contains("cancelled", (await response.ReadEventsAsync())[^1].Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_that_is_stale_does_nothing()
    {
        var answer = new SteppedAnswer(Deltas);
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        answer.Permit();
        using HttpResponseMessage response = await node.AskAsync("json");
        string epoch = (await node.Store.GetStatusAsync(TurnTests.StreamId(response)))!.Epoch;

        Assert.Equal(HttpStatusCode.NoContent, await node.StopAsync("chat-1", "?epoch=0123456789"));
        using (await PostStopAsync(node, "chat-1", """{"activeStreamId":"an-earlier-one"}"""))
        {
        }

        answer.PermitAll();
        Assert.Contains("done", (await response.ReadEventsAsync())[^1].Data, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, await node.StopAsync("chat-1", $"?epoch={epoch}-1")); // it has ended
        Assert.Equal(ChatStreamVerdict.Complete, (await node.Store.GetStatusAsync(TurnTests.StreamId(response)))!.Verdict);
    }

    [Theory]
    [InlineData("ui-messages")]
    [InlineData("ag-ui")]
    public async Task A_stop_that_names_the_request_may_come_before_it(string wire)
    {
        var answer = new SteppedAnswer(Deltas);
        answer.PermitAll();
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using HttpResponseMessage stopped = await PostStopAsync(node, "chat-1", KeptRequests.Of(wire));
        using HttpResponseMessage response = await node.AskAsync(wire);
        List<SentEvent> events = await response.ReadEventsAsync();
        using HttpResponseMessage next = await node.AskAsync(wire, "next");
        await next.ReadEventsAsync();

        Assert.Equal(HttpStatusCode.NoContent, stopped.StatusCode);
        Assert.Contains(events, sent => sent.Data.Contains(TurnTests.Cancelled(wire), StringComparison.Ordinal));
        Assert.Equal(1, answer.Runs); // of the next one
    }

    [Fact]
    public async Task A_stop_with_the_key_of_a_request_may_come_before_it()
    {
        var answer = new SteppedAnswer(Deltas);
        await using KeptNode node = await KeptNode.StartAsync(answer.StreamAsync);
        using (await PostStopAsync(node, "key-1", body: null, key: "key-1"))
        {
        }

        using HttpResponseMessage response = await node.PostAsync("""{"message":"hi"}""", idempotencyKey: "key-1");

        Assert.Contains("cancelled", (await response.ReadEventsAsync())[^1].Data, StringComparison.Ordinal);
        Assert.Equal(0, answer.Runs);
    }

    private static Task<HttpResponseMessage> PostStopAsync(KeptNode node, string id, string? body, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/chat/{id}/stop");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return node.Client.SendAsync(request);
    }
}
