using System.Text.Json;

namespace LlmStream.Json;

/// <summary>Times as the providers write them: seconds since 1970.</summary>
internal static class UnixTime
{
    private const long Year9999 = 253_402_300_799;

    /// <summary>The time that the reader is on, or null if it is not a time, or 0, which some servers send in the first chunk.</summary>
    public static DateTimeOffset? TryRead(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long seconds) && seconds is > 0 and <= Year9999
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
