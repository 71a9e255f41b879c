using System.Runtime.CompilerServices;
using Polly;

namespace LlmStream;

/// <summary>How requests are retried until the first delta has been delivered. After that only a resume applies.</summary>
/// <remarks>
/// Retried are: connection failures; timeouts of the connection or of the first delta; HTTP 408, 409, 425, 429 and 5xx, unless the
/// response has the header <c>x-should-retry: false</c>; a transient error as the first event of the stream; a stream that ends before
/// the answer begins. Other HTTP 4xx are not retried, nor is a quota that is used up.
/// </remarks>
/// <example>
/// <code>
/// var options = new LlmStreamOptions { Retry = new LlmRetryOptions { MaxRetries = 5, BaseDelay = TimeSpan.FromSeconds(1) } };
/// </code>
/// </example>
public sealed record LlmRetryOptions
{
    private readonly int _maxRetries = 3;
    private readonly TimeSpan _baseDelay = TimeSpan.FromMilliseconds(500);
    private readonly TimeSpan _maxDelay = TimeSpan.FromSeconds(20);
    private readonly TimeSpan _maxRetryAfter = TimeSpan.FromSeconds(60);

    /// <summary>No request is sent twice, which also turns off resuming.</summary>
    public static LlmRetryOptions Off { get; } = new() { MaxRetries = 0 };

    /// <summary>
    /// The maximum number of retries and resumes (see <see cref="LlmResumeOptions"/>) of a call, together. Default: 3, which allows 4
    /// attempts.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxRetries
    {
        get => _maxRetries;
        init
        {
            ThrowIfNegative(value);
            _maxRetries = value;
        }
    }

    /// <summary>The delay before the first retry. Doubles with each further retry, with random jitter. Default: 0.5 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, or longer than a day.</exception>
    public TimeSpan BaseDelay { get => _baseDelay; init => _baseDelay = AtMostADay(NotNegative(value)); }

    /// <summary>
    /// The maximum delay before a retry, unless the server asks for a longer one. Default: 20 seconds. More than a day is the same as a
    /// day.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan MaxDelay { get => _maxDelay; init => _maxDelay = NotNegative(value); }

    /// <summary>
    /// The maximum delay that the server may ask for (<c>Retry-After</c>, <c>retry-after-ms</c>). If it asks for more, the call fails at
    /// once, with the delay in <see cref="ChatStreamException.RetryAfter"/>. Default: 60 seconds. More than 49 days is the same as 49
    /// days.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan MaxRetryAfter { get => _maxRetryAfter; init => _maxRetryAfter = NotNegative(value); }

    /// <summary>
    /// A resilience pipeline that replaces the one described here; <see langword="null"/>, the default, for none. Each execution covers
    /// an attempt up to its first delta; a failed attempt throws a <see cref="ChatStreamException"/>.
    /// </summary>
    public ResiliencePipeline? Pipeline { get; init; }

    /// <summary>Whether a delay that a server asks for is short enough to be waited for.</summary>
    internal bool Allows(TimeSpan? retryAfter) => retryAfter is not { } wait || (wait <= MaxRetryAfter && wait <= Timers.MaxDelay);

    private static void ThrowIfNegative(int value, [CallerMemberName] string property = "") =>
        ArgumentOutOfRangeException.ThrowIfNegative(value, property);

    private static TimeSpan AtMostADay(TimeSpan value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1), property);
        return value;
    }

    private static TimeSpan NotNegative(TimeSpan value, [CallerMemberName] string property = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, property);
        return value;
    }
}
