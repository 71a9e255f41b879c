namespace LlmStream;

/// <summary>A delta of one of several streams, or its failure. Immutable.</summary>
public sealed record MergedDelta
{
    /// <summary>The index of the stream among the sources, from 0.</summary>
    public required int SourceIndex { get; init; }

    /// <summary>The delta, or <see langword="null"/> if the stream failed.</summary>
    public ChatDelta? Delta { get; init; }

    /// <summary>
    /// The failure, after which nothing of this stream follows. Set only with <see cref="MergeFailurePolicy.DeliverFailure"/>.
    /// </summary>
    public ChatStreamException? Exception { get; init; }
}
