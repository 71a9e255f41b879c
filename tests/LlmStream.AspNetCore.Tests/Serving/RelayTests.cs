using System.Net;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Relaying over HTTP, with the simplest wire.</summary>
public class RelayTests
{
    private const string Question = """{"message":"hi"}""";

    [Fact]
    public async Task A_complete_answer_is_relayed()
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Answer("Hello, world."));

        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("Hello, world.", string.Concat(Wires.Encoded.Events(body).Select(e => (string?)e["content"])));
        Assert.True((bool)Wires.Encoded.Events(body)[^1]["done"]!);
    }

    [Fact]
    public async Task A_truncated_answer_ends_with_an_error()
    {
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("Hello, world.").WithFault("eof@#2"), llm: options => options.Resume = LlmResumeOptions.Off);

        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("The answer was cut off. Try again.", (string?)Wires.Encoded.Events(body)[^1]["error"]);
        Assert.DoesNotContain("done", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_before_the_answer_has_a_status()
    {
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Status(401), llm: options => options.Retry = LlmRetryOptions.Off);

        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }
}
