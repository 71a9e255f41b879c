namespace LlmStream.Relay;

/// <summary>How the work of a producer ended. Immutable.</summary>
public sealed record ChatProducerResult
{
    /// <summary>The id of the stream.</summary>
    public required string StreamId { get; init; }

    /// <summary>How it ended.</summary>
    public required ChatProducerEnding Ending { get; init; }

    /// <summary>The verdict, if the producer has ended the stream.</summary>
    public ChatStreamVerdict? Verdict { get; init; }

    /// <summary>The answer as far as it is known; the whole of it if the stream has ended.</summary>
    public ChatStreamResult Answer { get; init; } = ChatStreamResult.Empty;

    /// <summary>
    /// Why the answer failed: what readers get, with the original exception as the innermost one; <see langword="null"/> if it did not
    /// fail, or another producer decides.
    /// </summary>
    public ChatStreamException? Exception { get; init; }
}

/// <summary>How the work of a producer ended.</summary>
public enum ChatProducerEnding
{
    /// <summary>The producer has ended the stream.</summary>
    Ended,

    /// <summary>The lease was released, so that another node continues.</summary>
    HandedOver,

    /// <summary>
    /// Another producer has taken over, the stream was ended, or it has expired while this producer was suspended. Nothing more was
    /// written.
    /// </summary>
    Fenced,

    /// <summary>The store could not be reached. What it has not acknowledged is lost, unless another node continues the answer.</summary>
    StoreUnavailable,

    /// <summary>The store no longer has the stream, which cannot have expired: it has lost its data. Readers get an error.</summary>
    Lost,
}
