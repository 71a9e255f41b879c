using LlmStream.Transport;
using Polly;

namespace LlmStream;

/// <summary>How a request is sent again while nothing of its answer has been delivered.</summary>
/// <remarks>
/// Sent again are requests that met a connection failure, a timeout of the connection or of the first delta, HTTP 408,
/// 409, 425, 429 or 5xx (unless the server's <c>x-should-retry: false</c> says otherwise), a transient error as the
/// first event, or a stream that ended before its answer began. Other 4xx never are. After the first delta only a resume applies.
/// </remarks>
public sealed record RetryOptions
{
    private readonly int _maxRetries = 3;
    private readonly TimeSpan _baseDelay = TimeSpan.FromMilliseconds(500);
    private readonly TimeSpan _maxDelay = TimeSpan.FromSeconds(20);
    private readonly TimeSpan _maxRetryAfter = TimeSpan.FromSeconds(60);

    /// <summary>Nothing is sent twice, not even to resume an answer.</summary>
    public static RetryOptions Off { get; } = new() { MaxRetries = 0 };

    /// <summary>
    /// How often a request is sent again at most, retries and resumes (see <see cref="ResumeOptions"/>) together. Default: 3,
    /// which makes 4 attempts.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxRetries
    {
        get => _maxRetries;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxRetries = value;
        }
    }

    /// <summary>The delay before the first retry; it doubles with each further one, and is spread at random. Default: 0.5 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan BaseDelay { get => _baseDelay; init => _baseDelay = NotNegative(value); }

    /// <summary>The longest delay that the doubling leads to. Default: 20 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan MaxDelay { get => _maxDelay; init => _maxDelay = NotNegative(value); }

    /// <summary>
    /// The longest wait that a server may ask for by <c>Retry-After</c> or <c>retry-after-ms</c>, which is otherwise waited
    /// for as it says. One that asks for more fails at once, with the value in
    /// <see cref="ChatStreamException.RetryAfter"/>. Default: 60 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan MaxRetryAfter { get => _maxRetryAfter; init => _maxRetryAfter = NotNegative(value); }

    /// <summary>
    /// A pipeline of one's own that each request is sent through instead of the retry described here, or
    /// <see langword="null"/>. It sees a <see cref="ChatStreamException"/> for every failed attempt, and covers an
    /// attempt up to its first delta.
    /// </summary>
    public ResiliencePipeline? Pipeline { get; init; }

    private static TimeSpan NotNegative(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        return value;
    }
}
