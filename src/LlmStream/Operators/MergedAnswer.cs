namespace LlmStream;

/// <summary>The collected answer of one of several streams. Immutable.</summary>
public sealed record MergedAnswer
{
    /// <summary>The index of the stream among the sources, from 0.</summary>
    public required int SourceIndex { get; init; }

    /// <summary>
    /// The answer, or what had arrived of it if the stream failed (then <see cref="ChatStreamResult.IsComplete"/> is false).
    /// </summary>
    public required ChatStreamResult Answer { get; init; }

    /// <summary>The failure. Set only with <see cref="MergeFailurePolicy.DeliverFailure"/>.</summary>
    public ChatStreamException? Exception { get; init; }
}
