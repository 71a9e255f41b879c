namespace LlmStream.Relay;

/// <summary>The end of a stream. Immutable.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="Data">
/// Details, which the store does not interpret; empty if the store itself ended the stream, because its producer was gone when a stop was
/// requested.
/// </param>
public sealed record ChatStreamEnd(ChatStreamVerdict Verdict, ReadOnlyMemory<byte> Data);

/// <summary>How a stream ended.</summary>
public enum ChatStreamVerdict
{
    /// <summary>The answer is complete.</summary>
    Complete,

    /// <summary>The answer failed.</summary>
    Error,

    /// <summary>The answer was stopped.</summary>
    Canceled,
}
