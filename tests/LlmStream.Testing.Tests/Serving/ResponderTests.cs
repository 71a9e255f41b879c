using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Serving;

public sealed class ResponderTests
{
    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "invalid_api_key")]
    [InlineData(429, "rate_limit_exceeded")]
    [InlineData(500, "server_error")]
    [InlineData(503, "overloaded")]
    public async Task Status_without_a_body_has_the_error_of_the_dialect(int status, string code)
    {
        RawResponse response = await RawHttp.RequestAsync(Script.Status(status));

        Assert.Equal(status, response.Status);
        Assert.Equal("application/json", response.Headers["Content-Type"]);
        Assert.Contains($"\"code\":\"{code}\"", response.Text, StringComparison.Ordinal);
        Assert.False(response.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public async Task NoResponse_resets_the_connection_before_the_status()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.NoResponse());
        RawResponse response = await RawHttp.RequestAsync(server);

        Assert.Equal((0, ResponseEnd.Reset), (response.Status, response.End));
        Assert.Equal(ReplyEnd.Reset, await server.Requests[0].Finished);
    }

    [Fact]
    public async Task Delay_of_the_headers_follows_the_clock()
    {
        var clock = new ManualClock();
        Script script = Script.Answer("Hi").WithDelay(TimeSpan.FromSeconds(5));
        await using var server = await ScriptedLlmServer.StartAsync(script, new() { TimeProvider = clock });
        using var client = new RawHttp();
        await client.SendAsync(server);
        await clock.WaitForTimerAsync();
        Assert.Equal(0, server.Requests[0].Status);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(200, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task Impossible_script_fails_the_request()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("One two three").PadEvent(2, 20));
        await RawHttp.RequestAsync(server);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => server.Requests[0].Finished);
        Assert.Contains("cannot be padded to 20 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_paths_are_not_found_except_for_the_models()
    {
        RawResponse other = await RawHttp.RequestAsync(Script.Answer("Hi"), "{}", "/v1/embeddings");
        RawResponse models = await RawHttp.RequestAsync(Script.Answer("Hi"), "", "/v1/models");

        Assert.Equal(404, other.Status);
        Assert.Equal("scripted-1", (string?)JsonNode.Parse(models.Text)!["data"]![0]!["id"]);
    }
}
