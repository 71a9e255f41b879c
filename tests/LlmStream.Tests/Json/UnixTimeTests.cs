using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class UnixTimeTests
{
    [Theory]
    [InlineData("1", "1970-01-01T00:00:01Z")]
    [InlineData("1700000000", "2023-11-14T22:13:20Z")]
    [InlineData("253402300799", "9999-12-31T23:59:59Z")]
    [InlineData("253402300800", null)]
    [InlineData("0", null)] // not known yet
    [InlineData("-1", null)]
    [InlineData("1700000000.5", null)]
    [InlineData("\"1700000000\"", null)]
    [InlineData("null", null)]
    public void A_time_is_in_seconds(string json, string? time)
    {
        Utf8JsonReader reader = JsonReaders.Open(json);
        Assert.Equal(time is null ? null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), UnixTime.TryRead(ref reader));
    }
}
