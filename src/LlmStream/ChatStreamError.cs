namespace LlmStream;

/// <summary>What went wrong with a stream: one value for each outcome that a program can tell apart.</summary>
public enum ChatStreamError
{
    /// <summary>The connection could not be made, or broke.</summary>
    Connection,

    /// <summary>
    /// The stream ended without the signal by which its dialect says that an answer is complete, however cleanly the
    /// connection was closed.
    /// </summary>
    Truncated,

    /// <summary>The provider reported an error inside the stream, after it had accepted the request.</summary>
    ProviderError,

    /// <summary>An event of the stream could not be understood.</summary>
    MalformedEvent,

    /// <summary>The body is no stream of any dialect: a web page, compressed bytes, a document of another kind.</summary>
    NotAStream,

    /// <summary>The stream went over a limit of <see cref="ChatReadOptions"/>.</summary>
    TooLarge,
}
