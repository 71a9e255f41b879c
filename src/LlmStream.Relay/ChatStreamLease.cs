namespace LlmStream.Relay;

/// <summary>The right to write to a stream. Immutable. It ends when another producer takes the next epoch, not by the clock.</summary>
public sealed record ChatStreamLease
{
    /// <summary>The id of the stream: at least 128 random bits, as letters and digits.</summary>
    public required string StreamId { get; init; }

    /// <summary>
    /// The epoch: identifies the producer of the stream. At least 40 random bits, as 1 to 32 ASCII letters and digits. Part of the event
    /// ids that clients see.
    /// </summary>
    public required string Epoch { get; init; }

    /// <summary>The number of the last record when the lease was granted; 0 if the stream has no records.</summary>
    public long LastSequence { get; init; }
}
