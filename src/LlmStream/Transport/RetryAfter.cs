using System.Globalization;
using System.Net.Http.Headers;

namespace LlmStream.Transport;

/// <summary>How long a server asks to wait.</summary>
internal static class RetryAfter
{
    /// <summary>
    /// From <c>retry-after-ms</c> (OpenAI, Azure), or from <c>Retry-After</c> in seconds or as a date (RFC 9110, 10.2.3);
    /// null where there is neither.
    /// </summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (headers.TryGetValues("retry-after-ms", out IEnumerable<string>? values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds)
            && milliseconds is >= 0 and < int.MaxValue)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        if (headers.RetryAfter?.Delta is { } delta) return delta;
        if (headers.RetryAfter?.Date is { } date)
        {
            TimeSpan wait = date - time.GetUtcNow();
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }

        // "1.5" is no delay-seconds by the RFC, but is sent.
        return headers.TryGetValues("Retry-After", out values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }
}
