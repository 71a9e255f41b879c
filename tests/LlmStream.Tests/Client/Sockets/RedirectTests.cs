using LlmStream.Testing;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>A handler of .NET that follows redirects by itself.</summary>
public class RedirectTests
{
    [Fact]
    public async Task The_prompt_is_not_sent_to_another_server()
    {
        await using ScriptedLlmServer other = await ScriptedLlmServer.StartAsync(Script.Answer("Hello"));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Redirect(new Uri(other.BaseAddress + "/chat/completions")));
        using var http = new HttpClient();
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = server.Provider, ApiKey = "sk-secret-0123456789" });

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () => await client.StreamAsync("my prompt").CollectAsync());
        Assert.Equal((ChatStreamError.InvalidRequest, 1), (failure.Error, failure.AttemptCount));
        Assert.Contains(other.BaseAddress.AbsoluteUri, failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(other.Requests);
    }
}
