namespace LlmStream.Relay;

/// <summary>The options of a <see cref="MemoryChatStreamStore"/>.</summary>
public sealed record MemoryChatStreamStoreOptions : ChatStreamStoreOptions
{
    private readonly long _maxTotalBytes = 256L * 1024 * 1024;

    /// <summary>Creates the default options.</summary>
    public MemoryChatStreamStoreOptions()
    {
    }

    /// <summary>Creates options with the values that all stores have.</summary>
    /// <param name="options">The values.</param>
    public MemoryChatStreamStoreOptions(ChatStreamStoreOptions options)
        : base(options)
    {
    }

    /// <summary>
    /// The maximum size of all streams, in bytes, an estimate of their overhead included. Default: 256 MiB. If it is reached, streams that
    /// have ended and are not being read are removed, the oldest first; then writes are refused.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public long MaxMemoryBytes
    {
        get => _maxTotalBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxTotalBytes = value;
        }
    }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
