namespace LlmStream.Relay;

/// <summary>A part of a stream, as one read returns it. Immutable.</summary>
public sealed record ChatStreamPage
{
    /// <summary>Why the stream cannot be read from the position; <see langword="null"/> if it can.</summary>
    public ChatStreamGap? Gap { get; init; }

    /// <summary>The records after the position, in order; empty if there are none yet, or if there is a gap.</summary>
    public IReadOnlyList<ChatStreamRecord> Records { get; init; } = [];

    /// <summary>The number of the last record of the stream, which may be in a later page.</summary>
    public long LastSequence { get; init; }

    /// <summary>The end of the stream, if it has ended and no record follows those of this page.</summary>
    public ChatStreamEnd? End { get; init; }

    /// <summary>Whether the stream is running and its lease has expired.</summary>
    public bool IsLeaseExpired { get; init; }

    /// <summary>The epoch of the current producer; <c>""</c> if there is a gap.</summary>
    public string Epoch { get; init; } = "";
}

/// <summary>Why a stream cannot be read from a position.</summary>
public enum ChatStreamGap
{
    /// <summary>The stream is unknown, or has expired.</summary>
    NotFound,

    /// <summary>The position is not, or no longer, a position of the stream: records that the reader has seen were lost.</summary>
    PositionLost,
}
