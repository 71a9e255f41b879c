namespace LlmStream.Relay;

/// <summary>The status of a stream. Immutable.</summary>
public sealed record ChatStreamStatus
{
    /// <summary>The id of the stream.</summary>
    public required string StreamId { get; init; }

    /// <summary>The owner.</summary>
    public required string Owner { get; init; }

    /// <summary>The conversation.</summary>
    public required string Conversation { get; init; }

    /// <summary>The digest of the request that began it.</summary>
    public required string Digest { get; init; }

    /// <summary>The epoch of its producer.</summary>
    public required string Epoch { get; init; }

    /// <summary>The number of the last record; 0 if there is none.</summary>
    public long LastSequence { get; init; }

    /// <summary>How many times it was taken over to be continued, without those that followed a release of the lease.</summary>
    public int TakeoverCount { get; init; }

    /// <summary>Whether it is running and its lease has expired.</summary>
    public bool IsLeaseExpired { get; init; }

    /// <summary>Whether a stop was requested.</summary>
    public bool IsStopRequested { get; init; }

    /// <summary>How it ended; <see langword="null"/> if it is running.</summary>
    public ChatStreamVerdict? Verdict { get; init; }

    /// <summary>What <see cref="ChatStreamBeginRequest.Metadata"/> was.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }
}
