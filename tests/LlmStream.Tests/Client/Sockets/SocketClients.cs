using System.Text.Json.Nodes;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>Whose connections a client uses.</summary>
public enum Connections
{
    /// <summary>Its own.</summary>
    Own,

    /// <summary>
    /// Those of a caller's <see cref="HttpClient"/> whose handler has default settings, except that it drains responses that are
    /// disposed of early without a limit, so that connections which are closed at once are closed by the library.
    /// </summary>
    Callers,
}

internal static class SocketClients
{
    public static readonly JsonObject Body = new()
    {
        ["model"] = "m-1",
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }),
    };

    public static LlmStreamClient Client(this LlmProvider provider, Connections connections = Connections.Own, Action<LlmStreamOptions>? configure = null)
    {
        var options = new LlmStreamOptions { Provider = provider, Retry = LlmRetryOptions.Off };
        configure?.Invoke(options);
        return connections == Connections.Own ? new LlmStreamClient(options) : new LlmStreamClient(new HttpClient(Patient()), options);
    }

    public static async Task<ChatStreamResult> AskAsync(this LlmStreamClient client, CancellationToken cancellationToken = default) =>
        await client.StreamAsync(Body, cancellationToken).CollectAsync(cancellationToken);

    public static async Task<ChatStreamException> FailAsync(this LlmStreamClient client) =>
        await Assert.ThrowsAsync<ChatStreamException>(() => client.AskAsync());

    public static SocketsHttpHandler Patient() => new() { ResponseDrainTimeout = Timeout.InfiniteTimeSpan, MaxResponseDrainSize = int.MaxValue };
}
