namespace LlmStream.Relay;

/// <summary>A request to begin or join a stream. Immutable.</summary>
public sealed record ChatStreamBeginRequest
{
    /// <summary>Whose stream it is: the subject of an authenticated user with its issuer, or a random id. Not empty.</summary>
    public required string Owner { get; init; }

    /// <summary>The conversation, the same for each of its turns. Not empty. Conversations of different owners are different.</summary>
    public required string Conversation { get; init; }

    /// <summary>The digest of what was requested; see <see cref="ChatStreamDigest"/>. Not empty.</summary>
    public required string Digest { get; init; }

    /// <summary>
    /// The epoch of the producer, as <see cref="ChatStreamLease.Epoch"/> describes it: chosen by the caller, so that a call whose result
    /// was lost can be repeated. A new one for each call that is not a repetition. Default: empty, which means that the store chooses one,
    /// and that the call cannot be repeated. <see cref="ChatStreamRelay.BeginAsync"/> chooses one.
    /// </summary>
    public string Epoch { get; init; } = "";

    /// <summary>
    /// Whether a stream with the same digest that has ended is not joined (replayed), but a new one begun, as when an answer is
    /// regenerated. A running one is joined in any case. Default: <see langword="false"/>.
    /// </summary>
    public bool StartsAnew { get; init; }

    /// <summary>What readers on other nodes need to know, such as the id of the message. Opaque to the store. Not secret.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }
}
