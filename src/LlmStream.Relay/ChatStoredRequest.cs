using Microsoft.Extensions.AI;

namespace LlmStream.Relay;

/// <summary>A request that is stored with its stream, so that another node can continue the answer. Immutable.</summary>
/// <remarks>
/// It must be exactly the request that was sent, by one direct call of an <see cref="LlmStreamClient"/> whose deltas are appended without
/// a change. Requests with tools that are not functions, or with a <see cref="ChatOptions.RawRepresentationFactory"/>, cannot be stored.
/// </remarks>
public sealed record ChatStoredRequest
{
    /// <summary>The messages of the conversation.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The options of the request, or <see langword="null"/>.</summary>
    public ChatOptions? Options { get; init; }

    /// <summary>
    /// The name by which other nodes find the client, such as the name under which it is registered. <see langword="null"/> for the only
    /// one.
    /// </summary>
    public string? ClientName { get; init; }

    /// <summary>The name of the provider that answered; null if it is not known.</summary>
    internal string? Provider { get; init; }

    /// <summary>What an endpoint stores to know, on another node, for whom the answer is.</summary>
    internal ReadOnlyMemory<byte> State { get; init; }

    /// <summary>The client that answers, on the node that stores the request; null if it is not known. Not stored.</summary>
    internal LlmStreamClient? Client { get; init; }
}
