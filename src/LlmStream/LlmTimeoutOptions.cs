using System.Runtime.CompilerServices;

namespace LlmStream;

/// <summary>
/// How long each step of a call may take. Each timeout has its own error in <see cref="ChatStreamError"/>.
/// <see cref="Timeout.InfiniteTimeSpan"/> means no limit.
/// </summary>
/// <remarks>
/// Only waiting for the server counts: the time that the consumer takes between two deltas counts only towards <see cref="Total"/>. All
/// times are measured with <see cref="LlmStreamOptions.TimeProvider"/>.
/// </remarks>
/// <example>
/// <code>
/// var options = new LlmStreamOptions { Timeouts = new LlmTimeoutOptions { FirstDelta = TimeSpan.FromMinutes(5) } };
/// </code>
/// </example>
public sealed record LlmTimeoutOptions
{
    private readonly TimeSpan _connect = TimeSpan.FromSeconds(15);
    private readonly TimeSpan _firstDelta = TimeSpan.FromMinutes(2);
    private readonly TimeSpan _idleBytes = TimeSpan.FromSeconds(60);
    private readonly TimeSpan _idleDeltas = TimeSpan.FromMinutes(2);
    private readonly TimeSpan _total = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// How long making a connection may take. Default: 15 seconds. Applies to connections that the client makes, and to handlers of
    /// <see cref="LlmStreamClient.CreateHandler"/>; not to other handlers of an <see cref="HttpClient"/> that is passed to the client.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan Connect { get => _connect; init => _connect = Valid(value); }

    /// <summary>
    /// How long the first part of the answer may take, from when an attempt sends its request. Default: 2 minutes. Models that reason
    /// without sending their reasoning may need more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan FirstDelta { get => _firstDelta; init => _firstDelta = Valid(value); }

    /// <summary>
    /// How long the connection may be silent once the response has begun. Keep-alive comments count as data. Default: 60 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan IdleBytes { get => _idleBytes; init => _idleBytes = Valid(value); }

    /// <summary>How long each further part of the answer may take. Default: 2 minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan IdleDeltas { get => _idleDeltas; init => _idleDeltas = Valid(value); }

    /// <summary>How long the whole call may take, with all attempts and the consumer's own time. Default: no limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is neither positive nor infinite.</exception>
    public TimeSpan Total { get => _total; init => _total = Valid(value); }

    private static TimeSpan Valid(TimeSpan value, [CallerMemberName] string property = "")
    {
        if (value != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, property);
        return value;
    }
}
