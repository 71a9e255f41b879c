namespace LlmStream.Relay;

/// <summary>
/// The cause of a <see cref="ChatStreamException"/> that comes from the relay and not from the provider: its
/// <see cref="Exception.InnerException"/>. Never thrown by itself.
/// </summary>
/// <param name="error">What failed.</param>
/// <param name="innerException">The exception of the store, or <see langword="null"/>.</param>
public sealed class ChatStreamRelayException(ChatStreamRelayError error, Exception? innerException = null)
    : Exception($"The relay failed: {error}.", innerException)
{
    /// <summary>What failed.</summary>
    public ChatStreamRelayError Error { get; } = error;

    /// <summary>
    /// How the application's failure is described to those who read the stream, on any node; null if it is not.
    /// </summary>
    internal string? Details { get; init; }
}

/// <summary>What failed in the relay.</summary>
public enum ChatStreamRelayError
{
    /// <summary>The stream is unknown, or has expired.</summary>
    NotFound,

    /// <summary>The reader has seen records that the store has lost. It must read from the start.</summary>
    PositionLost,

    /// <summary>The producer is gone, and no other has taken over within <see cref="ChatStreamRelayOptions.NoProducerTimeout"/>.</summary>
    NoProducer,

    /// <summary>The producer was lost, and the answer cannot be continued.</summary>
    ProducerLost,

    /// <summary>The store could not be reached for <see cref="ChatStreamRelayOptions.StoreTimeout"/>.</summary>
    StoreUnavailable,

    /// <summary>The store has no room.</summary>
    StoreFull,

    /// <summary>The answer exceeds <see cref="ChatStreamStoreOptions.MaxStreamBytes"/>.</summary>
    TooLarge,

    /// <summary>The store lost more records than the producer could append again.</summary>
    RecordsLost,

    /// <summary>A record is damaged, or has a form that this version does not read.</summary>
    InvalidRecord,

    /// <summary>The application's own code failed while it produced the answer.</summary>
    ApplicationFailed,

    /// <summary>The server shut down, and the answer could not be handed over to another node.</summary>
    ServerShutdown,
}
