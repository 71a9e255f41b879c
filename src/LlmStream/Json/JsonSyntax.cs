using System.Buffers;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>Whether bytes are JSON.</summary>
internal static class JsonSyntax
{
    private static readonly SearchValues<char> OutsideString = SearchValues.Create("\"{}[]");
    private static readonly SearchValues<char> InsideString = SearchValues.Create("\"\\");

    /// <summary>Whether bytes are one JSON value, with white space around it, and nothing else.</summary>
    public static bool IsValid(ReadOnlySpan<byte> json)
    {
        // The usual reason found without an exception, which costs microseconds: the first line of a value that has several.
        if (json.TrimEnd(" \t\r\n"u8) is [] or [.., (byte)'{' or (byte)'[' or (byte)',' or (byte)':']) return false;
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

    /// <summary>
    /// Whether text begins as an object or an array does and ends within it. Text that is invalid in another way is not open: more of it
    /// would not make it valid.
    /// </summary>
    public static bool IsOpen(ReadOnlySpan<char> json)
    {
        json = json.TrimStart();
        if (json is not (['{', ..] or ['[', ..])) return false;
        int depth = 0;
        bool isInString = false;
        while (json.IndexOfAny(isInString ? InsideString : OutsideString) is >= 0 and int hit)
        {
            char found = json[hit];
            if (found == '"') isInString = !isInString;
            else if (found is '{' or '[') depth++;
            else if (found is '}' or ']') depth--;
            json = json[Math.Min(hit + (found == '\\' ? 2 : 1), json.Length)..];
        }

        return isInString || depth > 0;
    }
}
