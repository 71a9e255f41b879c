using System.Runtime.CompilerServices;

namespace LlmStream;

/// <summary>
/// How <see cref="SseReader.ConnectAsync(HttpClient, Func{HttpRequestMessage}, SseConnectionOptions, CancellationToken)"/> connects and
/// reconnects. Immutable.
/// </summary>
/// <example>
/// <code>
/// var options = new SseConnectionOptions { ReadTimeout = TimeSpan.FromMinutes(1), MaxReconnections = 10 };
/// </code>
/// </example>
public sealed record SseConnectionOptions
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    private readonly TimeSpan _reconnectionTime = TimeSpan.FromSeconds(3);
    private readonly TimeSpan _maxReconnectionTime = TimeSpan.FromSeconds(30);
    private readonly TimeSpan _readTimeout = Timeout.InfiniteTimeSpan;
    private readonly int? _maxReconnections;

    internal static SseConnectionOptions Default { get; } = new();

    /// <summary>The limits on the size of an event, and of the body of an error response.</summary>
    public SseReaderOptions Limits { get; init; } = SseReaderOptions.Default;

    /// <summary>
    /// The time to wait before a reconnection, until the stream sets it by <c>retry:</c>. Default: 3 seconds, as in Chromium; the standard
    /// says "a few seconds". From 0 to a day.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan ReconnectionTime { get => _reconnectionTime; init => _reconnectionTime = Checked(value); }

    /// <summary>
    /// The longest time to wait before a reconnection. The time doubles, from a second or the reconnection time if that is longer, with
    /// each reconnection in a row that brought no event, with jitter. A <c>retry:</c> or <c>Retry-After</c> that is longer is obeyed.
    /// Default: 30 seconds. From 0 to a day.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan MaxReconnectionTime { get => _maxReconnectionTime; init => _maxReconnectionTime = Checked(value); }

    /// <summary>
    /// How many reconnections are made in a row without an event. After that, the failure is thrown. Default: <see langword="null"/>, which
    /// means that it is tried for ever, as <c>EventSource</c> does.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? MaxReconnections
    {
        get => _maxReconnections;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            _maxReconnections = value;
        }
    }

    /// <summary>
    /// After how long without a byte a connection is taken for dead, and made anew. Set it to more than the interval in which the server
    /// sends comments. Default: <see cref="Timeout.InfiniteTimeSpan"/>. Up to a day.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan ReadTimeout
    {
        get => _readTimeout;
        init
        {
            if (value != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            _readTimeout = value == Timeout.InfiniteTimeSpan ? value : Checked(value);
        }
    }

    /// <summary>
    /// The id that the first request sends as <c>Last-Event-ID</c>, if an earlier process has read the stream up to it. Default:
    /// <see langword="null"/>.
    /// </summary>
    public string? LastEventId { get; init; }

    /// <summary>Called before each reconnection, when the wait begins. Default: none.</summary>
    public Action<SseReconnection>? OnReconnecting { get; init; }

    /// <summary>The clock of all times. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    private static TimeSpan Checked(TimeSpan value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, property);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxTime, property);
        return value;
    }
}
