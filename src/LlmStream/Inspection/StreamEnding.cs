namespace LlmStream;

/// <summary>How an inspected stream ended.</summary>
public enum StreamEnding
{
    /// <summary>The provider signaled that the answer is complete.</summary>
    Complete,

    /// <summary>The stream ended without the signal that the answer is complete.</summary>
    Truncated,

    /// <summary>
    /// The provider reported an error, an event is malformed, or a limit of <see cref="ChatReadOptions"/> was exceeded:
    /// <see cref="StreamInspection.Exception"/> says which.
    /// </summary>
    Error,
}
