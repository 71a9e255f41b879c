namespace LlmStream;

/// <summary>The limits of <see cref="SseReader"/>. A stream that exceeds one fails with <see cref="ChatStreamError.TooLarge"/>.</summary>
public sealed record SseReaderOptions
{
    private readonly int _maxEventBytes = 16 * 1024 * 1024;
    private readonly int _maxErrorBodyBytes = 64 * 1024;

    internal static SseReaderOptions Default { get; } = new();

    /// <summary>The maximum size of an event, in bytes. Default: 16 MiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxEventBytes
    {
        get => _maxEventBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxEventBytes = value;
        }
    }

    /// <summary>How many bytes are read of the body of an HTTP error response; the rest is ignored. Default: 64 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxErrorBodyBytes
    {
        get => _maxErrorBodyBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxErrorBodyBytes = value;
        }
    }
}
