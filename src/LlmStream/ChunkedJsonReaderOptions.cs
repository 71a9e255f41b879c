namespace LlmStream;

/// <summary>The limit of <see cref="ChunkedJsonReader"/>.</summary>
public sealed record ChunkedJsonReaderOptions
{
    private readonly int _maxDocumentBytes = 16 * 1024 * 1024;

    internal static ChunkedJsonReaderOptions Default { get; } = new();

    /// <summary>
    /// The maximum size of the document, in bytes. A larger one fails with <see cref="ChatStreamError.TooLarge"/>. Default: 16 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxDocumentBytes
    {
        get => _maxDocumentBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxDocumentBytes = value;
        }
    }
}
