namespace LlmStream.Testing.Tests;

public sealed class RequestTests
{
    [Fact]
    public async Task A_request_is_recorded_as_it_came()
    {
        var received = new List<ScriptedRequest>();
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"), new() { RequestReceived = received.Add });
        Task<ScriptedRequest> waiting = server.WaitForRequestAsync(1);
        await RawHttp.AskAsync(server, path: "/v1/chat/completions?api-version=1", headers: "Authorization: Bearer k");
        Assert.False(waiting.IsCompleted);
        await RawHttp.AskAsync(server, "not JSON", path: "/v1/chat/completions");

        ScriptedRequest first = server.Requests[0];
        Assert.Equal((0, "POST", "/v1/chat/completions", "?api-version=1"), (first.Number, first.Method, first.Path, first.Query));
        Assert.Equal("Bearer k", first.Headers["authorization"]);
        Assert.Equal((RawHttp.Question, RawHttp.Question.Length), (first.BodyText, first.Body.Length));
        Assert.Equal("Why?", (string?)first.Json!["messages"]![0]!["content"]);
        Assert.Equal((ChatDialect.OpenAI, 200), (first.Dialect, first.Status));
        Assert.Same(server.Requests[1], await waiting);
        Assert.Null(server.Requests[1].Json);
        Assert.Equal(400, server.Requests[1].Status);
        Assert.Equal(server.Requests, received);
    }

    [Fact]
    public async Task Disposing_ends_what_is_under_way()
    {
        var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi").StallAt(10));
        using var client = new RawHttp();
        await client.SendAsync(server);
        await client.ReadAsync(upTo: 10);
        await server.DisposeAsync();
        await server.DisposeAsync();

        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
    }

    [Fact]
    public void A_description_of_an_answer_does_not_fit_a_status() =>
        Assert.Throws<InvalidOperationException>(() => Script.Status(500).WithUsage());

    [Fact]
    public async Task A_script_does_not_change_when_another_is_made_of_it()
    {
        Script script = Script.Answer("Hi");
        script.ResetAt(1).Then(Script.Status(500)).WithHeader("a", "b");
        await using var server = await ScriptedLlmServer.StartAsync(script);

        Assert.Equal("Hi", (await RawHttp.AskAsync(server)).Answer());
    }
}
