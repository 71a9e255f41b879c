using System.Net;
using LlmStream.AspNetCore.Tests.Serving;
using LlmStream.Testing;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

/// <summary>The wire over HTTP.</summary>
public class UIMessagesServingTests
{
    private const string Question =
        """{"id":"chat-1","trigger":"submit-message","messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]}]}""";

    [Fact]
    public async Task A_request_is_recognized_and_answered()
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Answer("Hello, world."));

        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();

        Assert.Equal("v1", Assert.Single(response.Headers.GetValues("x-vercel-ai-ui-message-stream")));
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        UIClient client = UIClient.Read(body);
        Assert.Equal("Hello, world.", client.Text);
        Assert.NotNull(client.MessageId);
        Assert.True(client.HasFinished);
    }

    [Fact]
    public async Task A_continued_message_keeps_its_id()
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Answer("Sunny."));

        using HttpResponseMessage response = await app.PostAsync(
            "/api/chat",
            """
            {"messages":[{"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"}]},{"id":"a1","role":"assistant","parts":[
              {"type":"tool-weather","toolCallId":"c1","state":"output-available","input":{},"output":{"sun":true}}]}]}
            """);

        Assert.Equal("a1", UIClient.Read(await response.Content.ReadAsStringAsync()).MessageId);
    }

    [Fact]
    public async Task A_failure_before_the_answer_is_a_sentence()
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Status(401), llm: options => options.Retry = LlmRetryOptions.Off);

        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("The AI service did not accept this server's key.", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_invalid_request_is_a_sentence_with_the_position()
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Answer("Hello."));

        using HttpResponseMessage response = await app.PostAsync("/api/chat", """{"messages":[{"role":"tool","parts":[]}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(
            "messages[0].role must be \"system\", \"user\" or \"assistant\".", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_truncated_answer_ends_with_an_error()
    {
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("Hello, world.").WithFault("eof@#2"), llm: options => options.Resume = LlmResumeOptions.Off);

        using HttpResponseMessage response = await app.PostAsync("/api/chat", Question);
        string body = await response.Content.ReadAsStringAsync();

        Assert.Equal("The answer was cut off. Try again.", (string?)Encoded.Events(body)[^1]["errorText"]);
        Assert.False(UIClient.Read(body).HasFinished);
    }
}
