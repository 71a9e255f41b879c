using System.Globalization;
using System.Net.Http.Headers;

namespace LlmStream.Transport;

/// <summary>Reads how long a server asks to wait before the next request.</summary>
internal static class RetryAfter
{
    /// <summary>
    /// Reads <c>retry-after-ms</c> (not standard, more precise), else <c>Retry-After</c> in seconds or as a date (RFC 9110, 10.2.3).
    /// </summary>
    /// <returns>The time to wait, or null if there is no valid header.</returns>
    public static TimeSpan? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (ReadNumber(headers, "retry-after-ms") is { } milliseconds) return ToTime(milliseconds / 1000);
        if (headers.RetryAfter?.Delta is { } delta) return delta;
        if (headers.RetryAfter?.Date is { } date)
        {
            TimeSpan wait = date - time.GetUtcNow();
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }

        // Some servers send fractions of a second, such as "1.5", which RFC 9110 does not allow.
        return ReadNumber(headers, "Retry-After") is { } seconds ? ToTime(seconds) : null;
    }

    /// <summary>A time that is too long to be expressed is the longest one: the server asks not to be sent another request.</summary>
    private static TimeSpan ToTime(double seconds) =>
        seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;

    private static double? ReadNumber(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values)
        && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && number >= 0 // not NaN either
            ? number
            : null;
}
