namespace LlmStream.Relay;

/// <summary>The result of <see cref="IChatStreamStore.TryTakeOverAsync"/>. Immutable.</summary>
public sealed record ChatStreamTakeoverResult
{
    /// <summary>What was done.</summary>
    public required ChatStreamTakeoverOutcome Outcome { get; init; }

    /// <summary>The lease, if the stream was taken over.</summary>
    public ChatStreamLease? Lease { get; init; }

    /// <summary>
    /// Whether the answer may be continued. False if <see cref="ChatStreamStoreOptions.MaxTakeovers"/> producers of the stream were lost
    /// before: then the lease permits only to end the stream.
    /// </summary>
    public bool MayContinue { get; init; }

    /// <summary>What <see cref="IChatStreamStore.SetRequestAsync"/> stored; empty if nothing.</summary>
    public ReadOnlyMemory<byte> Request { get; init; }
}

/// <summary>What <see cref="IChatStreamStore.TryTakeOverAsync"/> did.</summary>
public enum ChatStreamTakeoverOutcome
{
    /// <summary>The caller is the producer now.</summary>
    Taken,

    /// <summary>The lease has not expired.</summary>
    LeaseHeld,

    /// <summary>The epoch is not the one that was seen: somebody else took over.</summary>
    EpochChanged,

    /// <summary>The stream has ended.</summary>
    Ended,

    /// <summary>The stream is unknown or has expired.</summary>
    NotFound,

    /// <summary>A stop was requested before the producer was lost: the stream has ended as cancelled just now.</summary>
    Canceled,
}
