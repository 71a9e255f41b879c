namespace LlmStream.Testing.Tests;

public sealed class ScriptedRequestTests
{
    [Fact]
    public async Task Request_is_recorded_as_it_was_received()
    {
        var received = new List<ScriptedRequest>();
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"), new() { OnRequestReceived = received.Add });
        await RawHttp.RequestAsync(server, path: "/v1/chat/completions?api-version=1", headers: "Authorization: Bearer k");
        await RawHttp.RequestAsync(server, "not JSON");

        ScriptedRequest first = server.Requests[0];
        Assert.Equal((0, "POST", "/v1/chat/completions", "?api-version=1"), (first.Number, first.Method, first.Path, first.Query));
        Assert.Equal("Bearer k", first.Headers["authorization"]);
        Assert.Equal((RawHttp.Question, RawHttp.Question.Length), (first.BodyText, first.Body.Length));
        Assert.Equal("Why?", (string?)first.Json!["messages"]![0]!["content"]);
        Assert.Equal((ChatDialect.OpenAI, 200), (first.Dialect, first.Status));
        Assert.Null(server.Requests[1].Json);
        Assert.Equal(400, server.Requests[1].Status);
        Assert.Equal(server.Requests, received);
    }

    [Fact]
    public async Task ClientLeft_is_canceled_when_the_reply_is_complete()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        await RawHttp.RequestAsync(server);

        Assert.Equal(ReplyEnd.Complete, await server.Requests[0].Finished);
        await Assert.ThrowsAsync<TaskCanceledException>(() => server.Requests[0].ClientLeft);
    }

    [Fact]
    public async Task ClientLeft_completes_when_the_client_disconnects()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi").StallAt(10));
        ScriptedRequest request;
        using (var client = new RawHttp())
        {
            await client.SendAsync(server);
            await client.ReadAsync(upTo: 10);
            request = server.Requests[0];
            Assert.False(request.ClientLeft.IsCompleted);
        }

        await request.ClientLeft;
        Assert.Equal((ReplyEnd.ClientLeft, 10), (await request.Finished, request.BytesSent));
    }
}
