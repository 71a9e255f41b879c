namespace LlmStream.Relay;

/// <summary>The result of an operation of a producer. Immutable.</summary>
public sealed record ChatStreamWriteResult
{
    /// <summary>What was done.</summary>
    public required ChatStreamWriteOutcome Outcome { get; init; }

    /// <summary>The number of the last record of the stream.</summary>
    public long LastSequence { get; init; }

    /// <summary>Whether a stop was requested. The producer ends the stream as cancelled.</summary>
    public bool IsStopRequested { get; init; }

    /// <summary>How the stream ended; <see langword="null"/> if it is running.</summary>
    public ChatStreamVerdict? Verdict { get; init; }

    /// <summary>How long ago the stream was read last, or begun.</summary>
    public TimeSpan SinceLastReader { get; init; }
}

/// <summary>What an operation of a producer did.</summary>
public enum ChatStreamWriteOutcome
{
    /// <summary>It was done, now or before.</summary>
    Written,

    /// <summary>Another producer has taken over. Nothing was written.</summary>
    Fenced,

    /// <summary>The stream has ended. Nothing was written.</summary>
    Ended,

    /// <summary>The stream is unknown or has expired. Nothing was written.</summary>
    NotFound,

    /// <summary>
    /// The store lacks records before <c>firstSequence</c> that it had acknowledged. Nothing was written.
    /// See <see cref="IChatStreamStore.RestartEpochAsync"/>.
    /// </summary>
    Lost,

    /// <summary>The records would exceed <see cref="ChatStreamStoreOptions.MaxStreamBytes"/>. Nothing was written.</summary>
    TooLarge,

    /// <summary>The store has no room. Nothing was written.</summary>
    StoreFull,
}
