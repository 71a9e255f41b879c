using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>An <see cref="LlmStreamClient"/> as an <see cref="IChatClient"/>.</summary>
/// <remarks>Disposing of it does nothing, because the client belongs to its creator.</remarks>
internal sealed class LlmStreamChatClient(LlmStreamClient client) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new(client.Provider.Name, client.Provider.BaseAddress, client.DefaultModel);

    // Streams too: a response in one piece arrives no earlier, and whether it is complete could not be verified.
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        JsonObject? seed = options?.RawRepresentationFactory?.Invoke(this) switch
        {
            null => null,
            JsonObject body => body,
            var other => throw new ArgumentException(
                $"ChatOptions.RawRepresentationFactory returned a {other.GetType()}. It must return a System.Text.Json.Nodes.JsonObject.",
                nameof(options)),
        };
        return ChatResponseUpdates.FromDeltas(client.StreamAsync(messages, options, seed, cancellationToken));
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        return serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(LlmStreamClient) ? client
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    public void Dispose()
    {
        // The client may be in use elsewhere.
    }
}
