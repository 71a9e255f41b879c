namespace LlmStream;

/// <summary>
/// How long each step of a request may take. Each has an error of its own in <see cref="ChatStreamError"/>.
/// <see cref="Timeout.InfiniteTimeSpan"/> is no limit.
/// </summary>
/// <remarks>
/// Only waiting for the server counts: a consumer that takes its time between two deltas uses up nothing but
/// <see cref="Total"/>. All time is taken from <see cref="LlmStreamOptions.TimeProvider"/>.
/// </remarks>
public sealed record TimeBudgets
{
    private readonly TimeSpan _connect = TimeSpan.FromSeconds(15);
    private readonly TimeSpan _firstDelta = TimeSpan.FromMinutes(2);
    private readonly TimeSpan _idleBytes = TimeSpan.FromSeconds(60);
    private readonly TimeSpan _idleDeltas = TimeSpan.FromMinutes(2);
    private readonly TimeSpan _total = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long making a connection may take. Default: 15 seconds. Kept by the connections that the library makes; an
    /// <see cref="HttpClient"/> that is handed in keeps its own.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan Connect { get => _connect; init => _connect = Valid(value); }

    /// <summary>
    /// How long, from the sending of each attempt, the first piece of an answer may take to come. Default: 2 minutes;
    /// models that think in silence need more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan FirstDelta { get => _firstDelta; init => _firstDelta = Valid(value); }

    /// <summary>
    /// How long, once the response has begun, the connection may be silent. Comments that keep it alive count as
    /// sound. Default: 60 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan IdleBytes { get => _idleBytes; init => _idleBytes = Valid(value); }

    /// <summary>How long the next piece of an answer may take to come after one. Default: 2 minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan IdleDeltas { get => _idleDeltas; init => _idleDeltas = Valid(value); }

    /// <summary>How long the whole may take, all attempts and the consumer's own time included. Default: no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan Total { get => _total; init => _total = Valid(value); }

    private static TimeSpan Valid(TimeSpan value)
    {
        if (value != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        return value;
    }
}
