using System.Text.Json;

namespace LlmStream.Json;

/// <summary>Whether bytes are JSON.</summary>
internal static class JsonSyntax
{
    /// <summary>Whether bytes are one JSON value, with white space around it, and nothing else.</summary>
    public static bool IsValid(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        try
        {
            reader.RequireEnd();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether bytes at the end of a stream are one complete JSON value. Numbers are regarded as incomplete: more digits could have
    /// followed.
    /// </summary>
    public static bool IsComplete(ReadOnlySpan<byte> json) =>
        IsValid(json) && json.TrimStart(" \t\r\n"u8)[0] is not ((byte)'-' or (>= (byte)'0' and <= (byte)'9'));
}
