using System.Text.Json;

namespace LlmStream.Json;

/// <summary>Times as most providers write them: seconds since 1970.</summary>
internal static class UnixTime
{
    private const long MaxSeconds = 253_402_300_799; // the end of the year 9999, and of DateTimeOffset

    /// <summary>The time that the reader is on, or null if the value is none. Some providers send 0 as long as it is unknown.</summary>
    public static DateTimeOffset? TryRead(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long seconds) ? Create(seconds) : null;

    /// <summary>Converts seconds since the Unix epoch to a time. Returns null if they are out of range.</summary>
    public static DateTimeOffset? Create(long seconds) =>
        seconds is > 0 and <= MaxSeconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
