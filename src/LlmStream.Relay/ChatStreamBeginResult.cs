namespace LlmStream.Relay;

/// <summary>The result of <see cref="IChatStreamStore.BeginAsync"/>. Immutable.</summary>
public sealed record ChatStreamBeginResult
{
    /// <summary>What was done.</summary>
    public required ChatStreamBeginOutcome Outcome { get; init; }

    /// <summary>The lease, if a stream was begun.</summary>
    public ChatStreamLease? Lease { get; init; }

    /// <summary>The status of the stream, if one was begun or joined.</summary>
    public ChatStreamStatus? Status { get; init; }

    /// <summary>The id of the running stream of the conversation that was superseded and will end as cancelled; or null.</summary>
    public string? SupersededStreamId { get; init; }

    /// <summary>
    /// What the stop of the superseded stream did: <see cref="ChatStreamStopOutcome.Requested"/> if its producer ends it, or
    /// <see cref="ChatStreamStopOutcome.Canceled"/> if it had none and has ended just now; or null.
    /// </summary>
    public ChatStreamStopOutcome? SupersededOutcome { get; init; }
}

/// <summary>What <see cref="IChatStreamStore.BeginAsync"/> did.</summary>
public enum ChatStreamBeginOutcome
{
    /// <summary>A stream was begun; the caller is its producer.</summary>
    Begun,

    /// <summary>The conversation has a stream for this request; the caller reads it.</summary>
    Joined,

    /// <summary>A stop for this request came before it. Nothing was begun.</summary>
    Stopped,

    /// <summary>The store has no room for another stream. Nothing was begun.</summary>
    StoreFull,
}
