namespace LlmStream;

/// <summary>How the text in the chunks of a stream is interpreted. Applies to text, reasoning and tool arguments alike.</summary>
public enum ChatTextMode
{
    /// <summary>
    /// The dialect decides. All dialects are incremental, except <see cref="ChatDialect.DashScope"/>, which has streams of both modes:
    /// there the mode is detected.
    /// </summary>
    /// <remarks>
    /// The mode is detected for each text separately. A chunk that does not begin with the whole chunk before it means that the stream is
    /// incremental. A chunk that does begin with it means that the stream is cumulative, if at least one of these is true: it is longer
    /// than the chunk before it for the second time; the chunk before it has at least 8 characters, without white space at both ends; it
    /// comes with the finish reason; the stream ends. Until the mode is detected, text that depends on it is held back, so that nothing
    /// is delivered twice or taken back. Limitation: an incremental stream whose first three chunks each begin with the one before
    /// (<c>"ha"</c>, <c>"haha"</c>, <c>"hahaha!"</c>) is taken for a cumulative one. If that may occur, state the mode.
    /// </remarks>
    Auto,

    /// <summary>Each chunk holds only new text.</summary>
    Incremental,

    /// <summary>Each chunk holds the whole text so far. The deltas are computed from it.</summary>
    Cumulative,
}
