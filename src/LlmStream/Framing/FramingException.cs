namespace LlmStream.Framing;

/// <summary>Why bytes could not be split into frames.</summary>
internal enum FramingError
{
    /// <summary>One frame is larger than the limit.</summary>
    TooLarge,

    /// <summary>The bytes are of no streaming format.</summary>
    NotAStream,

    /// <summary>The bytes began as the format has it, and went on in another way.</summary>
    Malformed,
}

/// <summary>Bytes that could not be split into frames. Never leaves the library: the read loop translates it.</summary>
internal sealed class FramingException(FramingError error, string message) : Exception(message)
{
    public FramingError Error { get; } = error;
}
