using System.Runtime.CompilerServices;

namespace LlmStream;

/// <summary>
/// When a provider that keeps failing is skipped. Applies to clients with <see cref="LlmStreamOptions.Fallbacks"/>.
/// </summary>
/// <remarks>
/// <para>
/// A circuit is shared by all clients in the process with the same provider name, base address, clock and circuit options. It counts
/// attempts: connection failures, timeouts, HTTP 5xx, streams that break off, and transient errors in the stream are failures; rate
/// limits are not, because they concern one key, and neither are errors of the request. A stream that breaks off after it has begun counts
/// twice, as an attempt that succeeded and as one that failed.
/// </para>
/// <para>
/// While the circuit of a provider is open, its requests go to the next fallback at once. After <see cref="BreakDuration"/> one request
/// is sent to the provider, and its outcome decides. An open circuit never fails a call: if no fallback is left, the provider is used.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var options = new LlmStreamOptions { CircuitBreaker = new LlmCircuitBreakerOptions { BreakDuration = TimeSpan.FromMinutes(1) } };
/// </code>
/// </example>
public sealed record LlmCircuitBreakerOptions
{
    // The limits of Polly.
    private static readonly TimeSpan MinDuration = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(1);

    private readonly double _failureRatio = 0.5;
    private readonly int _minimumThroughput = 6;
    private readonly TimeSpan _samplingDuration = TimeSpan.FromSeconds(60);
    private readonly TimeSpan _breakDuration = TimeSpan.FromSeconds(30);

    /// <summary>No provider is skipped.</summary>
    public static LlmCircuitBreakerOptions Off { get; } = new() { IsOn = false };

    /// <summary>Whether failing providers are skipped. Default: <see langword="true"/>.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>The ratio of failures to attempts at which the circuit opens. Default: 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or greater than 1.</exception>
    public double FailureRatio
    {
        get => _failureRatio;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1);
            _failureRatio = value;
        }
    }

    /// <summary>
    /// The number of attempts within <see cref="SamplingDuration"/> below which the circuit stays closed. Default: 6, so that one call
    /// with all its retries does not open it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 2.</exception>
    public int MinimumThroughput
    {
        get => _minimumThroughput;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            _minimumThroughput = value;
        }
    }

    /// <summary>The time over which attempts are counted. Default: 60 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 0.5 seconds, or longer than a day.</exception>
    public TimeSpan SamplingDuration { get => _samplingDuration; init => _samplingDuration = Valid(value); }

    /// <summary>How long the circuit stays open before one request is tried. Default: 30 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 0.5 seconds, or longer than a day.</exception>
    public TimeSpan BreakDuration { get => _breakDuration; init => _breakDuration = Valid(value); }

    private static TimeSpan Valid(TimeSpan value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, MinDuration, property);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxDuration, property);
        return value;
    }
}
