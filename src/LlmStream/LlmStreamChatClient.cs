using System.Text.Json.Nodes;
using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

#pragma warning disable MEAI001 // experimental: background responses and continuation tokens may change

namespace LlmStream;

/// <summary>An <see cref="LlmStreamClient"/> as an <see cref="IChatClient"/>.</summary>
/// <remarks>Disposing of it does nothing, because the client belongs to its creator.</remarks>
internal sealed class LlmStreamChatClient(LlmStreamClient client) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new(
        client.Provider.TelemetryName ?? client.Provider.Name, client.Provider.BaseAddress, client.DefaultModel);

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (options?.ContinuationToken is not null)
            return client.FetchResponseAsync(messages, options, CreateSeed(options), cancellationToken);
        // Streams too: a response in one piece arrives no earlier, and whether it is complete could not be verified.
        IAsyncEnumerable<ChatResponseUpdate> updates = GetStreamingResponseAsync(messages, options, cancellationToken);
        return options?.AllowBackgroundResponses is true
            ? StartAsync(updates, cancellationToken)
            : updates.ToChatResponseAsync(cancellationToken);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return client.StreamUpdatesAsync(messages, options, CreateSeed(options), cancellationToken);
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

    /// <summary>
    /// Starts a background response, and returns as soon as the provider has accepted it. If it runs no background responses, the whole
    /// answer is returned.
    /// </summary>
    private static async Task<ChatResponse> StartAsync(
        IAsyncEnumerable<ChatResponseUpdate> updates, CancellationToken cancellationToken)
    {
        var received = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in updates.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (update.ContinuationToken is BackgroundToken token)
            {
                return new ChatResponse
                {
                    ResponseId = update.ResponseId,
                    ConversationId = update.ConversationId,
                    ModelId = update.ModelId,
                    CreatedAt = update.CreatedAt,
                    ContinuationToken = token.FromStart(),
                };
            }

            received.Add(update);
        }

        return received.ToChatResponse();
    }

    private JsonObject? CreateSeed(ChatOptions? options) => options?.RawRepresentationFactory?.Invoke(this) switch
    {
        null => null,
        JsonObject body => body,
        var other => throw new ArgumentException(
            $"ChatOptions.RawRepresentationFactory returned a {other.GetType()}. It must return a System.Text.Json.Nodes.JsonObject.",
            nameof(options)),
    };
}
