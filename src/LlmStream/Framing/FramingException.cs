namespace LlmStream.Framing;

/// <summary>Why bytes could not be split into frames.</summary>
internal enum FramingError
{
    /// <summary>A frame is larger than the limit.</summary>
    TooLarge,

    /// <summary>The bytes are not of a streaming format.</summary>
    NotAStream,

    /// <summary>The bytes began in a known format and then violated it.</summary>
    Malformed,
}

/// <summary>Bytes could not be split into frames. It never leaves the library: its callers translate it.</summary>
internal sealed class FramingException(FramingError error, string message) : Exception(message)
{
    public FramingError Error { get; } = error;
}
