using System.Net.Http.Headers;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class RetryAfterTests
{
    // The clock stands at 2026-11-21 12:00:00.
    private static readonly FakeTimeProvider Time = new();

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("1.5", 1.5)]
    [InlineData("1e2", 100)]
    [InlineData("2147483646.5", 2147483646.5)]
    [InlineData("Sat, 21 Nov 2026 12:00:09 GMT", 9)]
    [InlineData("Sat, 21 Nov 2026 12:00:00 GMT", 0)]
    [InlineData("Sat, 21 Nov 2026 11:59:59 GMT", 0)] // in the past
    public void Retry_after_is_in_seconds_or_a_date(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Read(Headers(("Retry-After", value)), Time));

    [Theory]
    [InlineData("-1.5")]
    [InlineData("soon")]
    [InlineData("NaN")]
    [InlineData("1,5")]
    [InlineData("")]
    public void Other_values_are_ignored(string value) => Assert.Null(RetryAfter.Read(Headers(("Retry-After", value)), Time));

    [Theory]
    [InlineData("Retry-After", "2147483647")] // 68 years, more than an int of milliseconds
    [InlineData("Retry-After", "99999999999")]
    [InlineData("Retry-After", "1e300")]
    [InlineData("Retry-After", "Infinity")]
    [InlineData("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")]
    [InlineData("retry-after-ms", "99999999999999")]
    [InlineData("retry-after-ms", "1e300")]
    public void A_time_far_ahead_is_not_ignored(string name, string value) =>
        Assert.True(RetryAfter.Read(Headers((name, value)), Time) > TimeSpan.FromDays(10_000 / 12));

    [Theory]
    [InlineData("1500", 1_500)]
    [InlineData("0", 0)]
    [InlineData("0.25", 0.25)]
    [InlineData("2147483646", 2147483646)]
    public void Retry_after_ms_is_in_milliseconds(string value, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), RetryAfter.Read(Headers(("retry-after-ms", value)), Time));

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    public void Other_milliseconds_are_ignored(string value)
    {
        Assert.Null(RetryAfter.Read(Headers(("retry-after-ms", value)), Time));
        Assert.Equal(TimeSpan.FromSeconds(3), RetryAfter.Read(Headers(("retry-after-ms", value), ("Retry-After", "3")), Time));
    }

    [Fact]
    public void Milliseconds_are_preferred() =>
        Assert.Equal(TimeSpan.FromMilliseconds(200), RetryAfter.Read(Headers(("Retry-After", "1"), ("retry-after-ms", "200")), Time));

    [Fact]
    public void Without_a_header_there_is_no_value() => Assert.Null(RetryAfter.Read(Headers(("X-Other", "1")), Time));

    private static HttpResponseHeaders Headers(params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage();
        foreach ((string name, string value) in headers) Assert.True(response.Headers.TryAddWithoutValidation(name, value));
        return response.Headers;
    }
}
