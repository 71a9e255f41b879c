using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.Relay;

/// <summary>The options of a <see cref="ChatStreamRelay"/>. Immutable.</summary>
public sealed record ChatStreamRelayOptions
{
    private readonly TimeSpan _groupInterval = TimeSpan.FromMilliseconds(25);
    private readonly TimeSpan _storeTimeout = TimeSpan.FromSeconds(30);
    private readonly TimeSpan _storeCallTimeout = TimeSpan.FromSeconds(5);
    private readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(5);
    private readonly TimeSpan _noProducerTimeout = TimeSpan.FromSeconds(60);
    private readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(1);
    private readonly TimeSpan? _abandonAfter;
    private readonly int _groupBytes = 4 * 1024;
    private readonly int _maxBufferedBytes = 1024 * 1024;
    private readonly int _maxRetainedBytes = 256 * 1024;
    private readonly int _pageBytes = 64 * 1024;

    /// <summary>
    /// The minimum time between two appends of a producer; deltas that arrive meanwhile are merged. The first delta after a longer silence
    /// is appended at once. Default: 25 milliseconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan GroupInterval { get => _groupInterval; init => _groupInterval = Positive(value); }

    /// <summary>How many bytes are appended without waiting for <see cref="GroupInterval"/>. Default: 4 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int GroupBytes { get => _groupBytes; init => _groupBytes = Positive(value); }

    /// <summary>
    /// How many bytes a producer buffers while the store does not accept them. Then the provider is not read any further. Default: 1 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxBufferedBytes { get => _maxBufferedBytes; init => _maxBufferedBytes = Positive(value); }

    /// <summary>
    /// How many bytes of acknowledged records a producer retains, to append them again if the store loses them. Default: 256 KiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxRetainedBytes { get => _maxRetainedBytes; init => _maxRetainedBytes = Positive(value); }

    /// <summary>How long the store may be unavailable before a producer or a reader gives up. Default: 30 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan StoreTimeout { get => _storeTimeout; init => _storeTimeout = Positive(value); }

    /// <summary>How long one call of the store may take before it is repeated. Default: 5 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan StoreCallTimeout { get => _storeCallTimeout; init => _storeCallTimeout = Positive(value); }

    /// <summary>
    /// How long the source of an answer may take to end when it is cancelled; after that, the stream ends without it. Default: 5 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan StopTimeout { get => _stopTimeout; init => _stopTimeout = Positive(value); }

    /// <summary>
    /// How long a reader waits for another node to take over a stream whose producer is gone. Then it gets an error, but the stream does
    /// not end. Default: 1 minute.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan NoProducerTimeout { get => _noProducerTimeout; init => _noProducerTimeout = Positive(value); }

    /// <summary>
    /// How often a waiting reader reads although it got no signal, and how often <see cref="ChatStreamRelay.RunTakeoversAsync"/> looks for
    /// streams without a producer. Default: 1 second.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan PollInterval { get => _pollInterval; init => _pollInterval = Positive(value); }

    /// <summary>
    /// After how long without a reader an answer is stopped; it ends as cancelled. A reader that does not take what it gets does not count
    /// after that time. It is checked with each append and each renewal of the lease. Default: <see langword="null"/>, which means that the
    /// answer continues to its end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan? AbandonAfter { get => _abandonAfter; init => _abandonAfter = value is { } time ? Positive(time) : null; }

    /// <summary>The size of the pages in which a stream is read, in bytes. Default: 64 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int PageBytes { get => _pageBytes; init => _pageBytes = Positive(value); }

    /// <summary>
    /// Protects the requests that are stored so that another node can continue an answer. Default: <see langword="null"/>, which means that
    /// no request is stored: if the producer of an answer is lost, the answer ends with an error.
    /// </summary>
    public IChatRequestProtector? RequestProtector { get; init; }

    /// <summary>The clients of the application, by name; null if the caller finds them.</summary>
    internal IClientNames? Clients { get; init; }

    /// <summary>Whether other nodes have the store.</summary>
    internal bool IsStoreShared { get; init; } = true;

    /// <summary>The clock of all delays. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Creates the logger. Default: nothing is logged. Prompts and answers are never logged.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    private static TimeSpan Positive(TimeSpan value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, property);
        return value;
    }

    private static int Positive(int value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, property);
        return value;
    }
}
