namespace LlmStream;

/// <summary>The kinds of errors of a <see cref="ChatStreamException"/>.</summary>
public enum ChatStreamError
{
    /// <summary>The connection could not be made, or was lost.</summary>
    Connection,

    /// <summary>No connection was made within <see cref="LlmTimeoutOptions.Connect"/>.</summary>
    ConnectTimeout,

    /// <summary>No part of the answer arrived within <see cref="LlmTimeoutOptions.FirstDelta"/>.</summary>
    FirstDeltaTimeout,

    /// <summary>No bytes arrived for <see cref="LlmTimeoutOptions.IdleBytes"/>.</summary>
    IdleTimeout,

    /// <summary>
    /// No part of the answer arrived for <see cref="LlmTimeoutOptions.IdleDeltas"/>, although the server kept the connection alive, for
    /// example with comments.
    /// </summary>
    StalledTimeout,

    /// <summary>The call did not end within <see cref="LlmTimeoutOptions.Total"/>.</summary>
    TotalTimeout,

    /// <summary>A rate limit was exceeded, or the quota is used up (HTTP 429).</summary>
    RateLimited,

    /// <summary>The provider does not accept the API key, or the key lacks a permission (HTTP 401, 403).</summary>
    Unauthorized,

    /// <summary>The provider does not accept the request (other HTTP 4xx, and redirects that are not followed).</summary>
    InvalidRequest,

    /// <summary>The provider failed, or is not available (HTTP 5xx, 408, 409, 425).</summary>
    ServerError,

    /// <summary>
    /// The stream ended without the signal by which its dialect marks an answer as complete, even if the connection was closed cleanly.
    /// </summary>
    Truncated,

    /// <summary>The provider reported an error in the stream, after it had accepted the request.</summary>
    ProviderError,

    /// <summary>An event of the stream could not be decoded. The message quotes it.</summary>
    MalformedEvent,

    /// <summary>
    /// The body is not a stream of the dialect, but for example an HTML page, compressed, or a stream of another format. The message
    /// quotes its beginning.
    /// </summary>
    NotAStream,

    /// <summary>The stream exceeded a limit of <see cref="ChatReadOptions"/>.</summary>
    TooLarge,

    /// <summary>The model repeats itself endlessly (see <see cref="ChatStreamExtensions.DetectLoops"/>).</summary>
    RepeatedItself,

    /// <summary>
    /// The answer is not the JSON that was expected, or not of the expected type (see
    /// <see cref="ChatStreamExtensions.PartialJson{T}"/>).
    /// </summary>
    InvalidJson,

    /// <summary>
    /// The <see cref="LlmStreamClient"/>, or its <see cref="HttpClient"/>, was disposed of while the answer was streamed.
    /// </summary>
    ClientDisposed,
}
