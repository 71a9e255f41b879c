using System.Runtime.CompilerServices;

namespace LlmStream.Relay;

/// <summary>The times and limits of a store. All nodes that share a store use the same.</summary>
public record ChatStreamStoreOptions
{
    private readonly TimeSpan _leaseDuration = TimeSpan.FromSeconds(15);
    private readonly TimeSpan _runningRetention = TimeSpan.FromMinutes(10);
    private readonly TimeSpan _endedRetention = TimeSpan.FromMinutes(15);
    private readonly TimeSpan _stopRetention = TimeSpan.FromMinutes(1);
    private readonly int _maxStreamBytes = 8 * 1024 * 1024;
    private readonly int _maxTakeovers = 2;

    /// <summary>
    /// How long after the last write or renewal another node may take over. Default: 15 seconds. A producer renews its lease three times in
    /// this time.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan LeaseDuration { get => _leaseDuration; init => _leaseDuration = Positive(value); }

    /// <summary>How long a running stream is kept after the last write or renewal. Default: 10 minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan RunningRetention { get => _runningRetention; init => _runningRetention = Positive(value); }

    /// <summary>How long a stream is kept after its end. Default: 15 minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan EndedRetention { get => _endedRetention; init => _endedRetention = Positive(value); }

    /// <summary>How long a stop that came before its stream is remembered. Default: 1 minute.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan StopRetention { get => _stopRetention; init => _stopRetention = Positive(value); }

    /// <summary>The maximum size of the records of a stream, in bytes. Default: 8 MiB. A stream is never trimmed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxStreamBytes
    {
        get => _maxStreamBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxStreamBytes = value;
        }
    }

    /// <summary>
    /// How many times a stream whose producer was lost may be taken over to be continued: an answer that kills its node must not kill all
    /// of them. A stream that was handed over by a node that shuts down does not count. Default: 2.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxTakeovers
    {
        get => _maxTakeovers;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxTakeovers = value;
        }
    }

    private static TimeSpan Positive(TimeSpan value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, property);
        return value;
    }
}
