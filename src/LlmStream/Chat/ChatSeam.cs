namespace LlmStream;

/// <summary>The place where a stream broke off and was resumed. On the first delta after it. Immutable.</summary>
public sealed record ChatSeam
{
    /// <summary>The number of the attempt that continues here, from 2.</summary>
    public required int Attempt { get; init; }

    /// <summary>
    /// The name of the provider that continues here (<see cref="LlmProvider.Name"/>): another one after a fallback. <see langword="null"/>
    /// if it is unknown.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>The model that was asked to continue, or <see langword="null"/> if it is unknown.</summary>
    public string? Model { get; init; }

    /// <summary>Where in the text the stream had broken off, in UTF-16 code units.</summary>
    public required int TextOffset { get; init; }

    /// <summary>Why the stream broke off.</summary>
    public required ChatStreamError Reason { get; init; }

    /// <summary>How the answer continues.</summary>
    public required ChatSeamKind Kind { get; init; }
}

/// <summary>How an answer continues after a seam.</summary>
public enum ChatSeamKind
{
    /// <summary>The new text follows the text that had arrived.</summary>
    Appended,

    /// <summary>
    /// The model started over with a different text. The delta's <see cref="ChatDelta.TextOffset"/> lies before the seam; the text
    /// from there on is replaced.
    /// </summary>
    Restarted,

    /// <summary>
    /// The provider had kept the answer, and sends the next part of it (<see cref="ChatContinuation.Replay"/>): nothing is lost or
    /// repeated.
    /// </summary>
    Replayed,
}
