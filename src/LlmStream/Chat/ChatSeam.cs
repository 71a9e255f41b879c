namespace LlmStream;

/// <summary>The place where a stream broke and was taken up again. Stands on the first delta after it. Immutable.</summary>
public sealed record ChatSeam
{
    /// <summary>Which sending of the request goes on here, from 2.</summary>
    public required int Attempt { get; init; }

    /// <summary>Where in the answer the stream had broken off, in UTF-16 code units.</summary>
    public required int TextOffset { get; init; }

    /// <summary>Why it broke.</summary>
    public required ChatStreamError Reason { get; init; }

    /// <summary>How it goes on.</summary>
    public required ChatSeamKind Kind { get; init; }
}

/// <summary>How a stream goes on after a seam.</summary>
public enum ChatSeamKind
{
    /// <summary>With what follows the text that had arrived.</summary>
    Appended,

    /// <summary>
    /// With another text: the model started over and said something else. The delta's <see cref="ChatDelta.TextOffset"/>
    /// lies before the seam; what stood behind it no longer holds.
    /// </summary>
    Restarted,

    /// <summary>With the very next piece of the same answer: it was kept, and is sent on (<see cref="ChatContinuation.Replay"/>).</summary>
    Replayed,
}
