namespace LlmStream;

/// <summary>What went wrong with a stream: one value for each outcome that a program can tell apart.</summary>
public enum ChatStreamError
{
    /// <summary>The connection could not be made, or broke.</summary>
    Connection,

    /// <summary>No connection was made within <see cref="TimeBudgets.Connect"/>.</summary>
    ConnectTimeout,

    /// <summary>Nothing of the answer came within <see cref="TimeBudgets.FirstDelta"/>.</summary>
    FirstDeltaTimeout,

    /// <summary>The connection was silent for longer than <see cref="TimeBudgets.IdleBytes"/>.</summary>
    IdleTimeout,

    /// <summary>
    /// Nothing of the answer came for longer than <see cref="TimeBudgets.IdleDeltas"/>, although the connection was not
    /// silent: the server sent comments to keep it alive.
    /// </summary>
    StalledTimeout,

    /// <summary>The whole took longer than <see cref="TimeBudgets.Total"/>.</summary>
    TotalTimeout,

    /// <summary>The provider refuses for now, because too much was asked of it (HTTP 429).</summary>
    RateLimited,

    /// <summary>The provider does not accept the key, or the key does not reach so far (HTTP 401, 403).</summary>
    Unauthorized,

    /// <summary>The provider does not accept the request (other HTTP 4xx), and will not accept it when it is sent again.</summary>
    InvalidRequest,

    /// <summary>The provider failed, or could not answer now (HTTP 5xx, 408, 409, 425).</summary>
    ServerError,

    /// <summary>
    /// The stream ended without the signal by which its dialect says that an answer is complete, however cleanly the
    /// connection was closed.
    /// </summary>
    Truncated,

    /// <summary>The provider reported an error inside the stream, after it had accepted the request.</summary>
    ProviderError,

    /// <summary>An event of the stream could not be understood.</summary>
    MalformedEvent,

    /// <summary>The body is no stream of the dialect: a web page, compressed bytes, a document or a stream of another kind.</summary>
    NotAStream,

    /// <summary>The stream went over a limit of <see cref="ChatReadOptions"/>.</summary>
    TooLarge,

    /// <summary>The model repeats itself without end (see <see cref="ChatStreamExtensions.DetectLoops"/>).</summary>
    RepeatedItself,

    /// <summary>
    /// The answer was to be JSON and is not, or is not of the type that was asked for (see
    /// <see cref="ChatStreamExtensions.PartialJson{T}"/>).
    /// </summary>
    InvalidJson,
}
