namespace LlmStream;

/// <summary>How the text of a stream's chunks is to be understood. It holds for text, reasoning and tool arguments alike.</summary>
public enum ChatTextMode
{
    /// <summary>
    /// The dialect decides. All are incremental but DashScope's own, whose streams come in both modes; there the
    /// chunks themselves tell.
    /// </summary>
    /// <remarks>
    /// The rule for DashScope, for each text by itself: a chunk that does not begin with the whole chunk before it settles
    /// that the stream is incremental. A chunk that does begin with it settles that the stream is cumulative, once
    /// it is longer than it for the second time, or the chunk before had at least 8 characters (white space at its ends not counted), or it comes with the
    /// finish reason, or the stream ends. Until it is settled, what would differ is held back, so that nothing is
    /// delivered twice or taken back. The limit: an incremental stream whose first three chunks repeat and
    /// extend one another (<c>"ha"</c>, <c>"haha"</c>, <c>"hahaha!"</c>) is taken for a cumulative one; where that can happen, state the mode.
    /// </remarks>
    Auto,

    /// <summary>Each chunk holds what is new.</summary>
    Incremental,

    /// <summary>Each chunk holds the whole text so far; the deltas are worked out from it.</summary>
    Cumulative,
}
