using LlmStream.Testing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>A client that is disposed of while it is used: one exception, whenever that happens, with the partial answer.</summary>
public class DisposedClientTests
{
    [Fact]
    public void A_later_call_is_refused()
    {
        var client = new LlmStreamClient(new LlmStreamOptions { Provider = LlmProvider.Ollama, Model = "m" });
        client.Dispose();
        client.Dispose();
        Assert.Throws<ObjectDisposedException>(() => client.StreamAsync("x"));
    }

    [Fact]
    public async Task An_enumeration_that_begins_later_fails()
    {
        var client = new LlmStreamClient(new LlmStreamOptions { Provider = LlmProvider.Ollama, Model = "m" });
        IAsyncEnumerable<ChatDelta> deltas = client.StreamAsync("x");
        client.Dispose();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => deltas.CollectAsync());
        Assert.Equal((ChatStreamError.ClientDisposed, false), (failure.Error, failure.IsTransient));
    }

    [Fact]
    public async Task While_an_answer_is_streamed()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Endless());
        var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider });
        await using IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync("x").GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = DrainAsync(deltas);
        client.Dispose();

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => next);
        Assert.Equal((ChatStreamError.ClientDisposed, ChatResumeRefusal.NotTransient, 1), (failure.Error, failure.ResumeRefusal, failure.AttemptCount));
    }

    [Fact]
    public async Task The_http_client_of_the_caller_too()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky "));
        var http = new HttpClient(server);
        var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = Calls.Provider, Model = "m", ApiKey = Calls.Key });
        var delivered = new List<ChatDelta>();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in client.StreamAsync("x"))
            {
                delivered.Add(delta);
                http.Dispose();
            }
        });
        Assert.Equal(ChatStreamError.ClientDisposed, failure.Error);
        Assert.Equal("The sky ", failure.Partial.Text);
        Assert.Single(delivered);
    }

    [Fact]
    public async Task Before_the_response_begins()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.NoResponse());
        var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider });
        Task<ChatStreamResult> answer = client.StreamAsync("x").CollectAsync();
        client.Dispose();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => answer);
        Assert.Equal(ChatStreamError.ClientDisposed, failure.Error);
    }

    private static async Task<bool> DrainAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        while (await deltas.MoveNextAsync())
        {
            // Only the ending matters.
        }

        return false;
    }
}
