using System.Globalization;

namespace LlmStream.Testing.Tests;

public sealed class ScriptedLlmServerTests
{
    private static readonly Script Answer = Script.Answer("One two three");

    [Fact]
    public async Task Steps_answer_one_request_each_and_the_last_repeats()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Status(429).Then(Answer.CutAt(5)).ThenWithoutFaults());
        var outcomes = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            RawResponse response = await RawHttp.RequestAsync(server);
            outcomes.Add(string.Create(CultureInfo.InvariantCulture, $"{response.Status} {response.Body.Length > 5}"));
        }

        Assert.Equal(["429 True", "200 False", "200 True", "200 True"], outcomes);
    }

    [Fact]
    public async Task Play_starts_with_the_first_step_of_the_new_script()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        await RawHttp.RequestAsync(server);
        server.Play(Script.Status(500).Then(Answer));

        Assert.Equal(500, (await RawHttp.RequestAsync(server)).Status);
        Assert.Equal(200, (await RawHttp.RequestAsync(server)).Status);
    }

    [Fact]
    public async Task Models_request_takes_no_step()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Status(500).Then(Answer));

        Assert.Equal(200, (await RawHttp.RequestAsync(server, "", "/v1/models")).Status);
        Assert.Equal(500, (await RawHttp.RequestAsync(server)).Status);
    }

    [Fact]
    public async Task WaitForRequestAsync_completes_when_the_request_has_arrived()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        Task<ScriptedRequest> second = server.WaitForRequestAsync(1);
        await RawHttp.RequestAsync(server);
        Assert.False(second.IsCompleted);
        await RawHttp.RequestAsync(server);

        Assert.Same(server.Requests[1], await second);
    }

    [Fact]
    public async Task DisposeAsync_ends_replies_in_progress()
    {
        var server = await ScriptedLlmServer.StartAsync(Answer.StallAt(10));
        using var client = new RawHttp();
        await client.SendAsync(server);
        await client.ReadAsync(upTo: 10);
        await server.DisposeAsync();
        await server.DisposeAsync();

        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
    }

    [Fact]
    public async Task Dialect_option_applies_to_any_path()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer, new() { Dialect = ChatDialect.DashScope });
        const string Request = """{"input":{"prompt":"Why?"}}""";
        RawResponse response = await RawHttp.RequestAsync(server, Request, "/anything", "X-DashScope-SSE: enable");

        Assert.Equal("/api/v1", server.BaseAddress.AbsolutePath);
        Assert.StartsWith("id:1\nevent:result", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_is_an_IOException()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);

        await Assert.ThrowsAsync<IOException>(() => ScriptedLlmServer.StartAsync(Answer, new() { Port = server.BaseAddress.Port }));
    }

    [Fact]
    public async Task Dialect_without_a_server_side_is_refused() => await Assert.ThrowsAsync<NotSupportedException>(
        async () => await ScriptedLlmServer.StartAsync(Answer, new() { Dialect = ChatDialect.Tokens }));
}
