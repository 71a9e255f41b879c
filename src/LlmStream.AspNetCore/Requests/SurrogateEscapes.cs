using System.Globalization;

namespace LlmStream.AspNetCore.Requests;

/// <summary>Replaces halves of surrogate pairs in JSON.</summary>
/// <remarks>
/// JavaScript's <c>JSON.stringify</c> writes half of an emoji, which <c>slice</c> leaves behind, as <c>\ud83d</c>. It is valid JSON, but
/// each method of <see cref="System.Text.Json.JsonElement"/> that reads such a string, or compares it with a name, throws.
/// </remarks>
internal static class SurrogateEscapes
{
    private const int EscapeLength = 6; // \uXXXX

    /// <summary>Replaces each escaped half that has no other half with U+FFFD, in place.</summary>
    /// <param name="json">JSON, valid or not.</param>
    public static void Replace(Span<byte> json)
    {
        int i = 0;
        while (json[i..].IndexOf((byte)'\\') is var next and >= 0)
        {
            i += next;
            if (CodeUnit(json[i..]) is not { } unit)
            {
                i = Math.Min(i + 2, json.Length); // another escape, perhaps of a backslash
                continue;
            }

            if (char.IsHighSurrogate(unit) && CodeUnit(json[(i + EscapeLength)..]) is { } other && char.IsLowSurrogate(other))
                i += EscapeLength;
            else if (char.IsSurrogate(unit))
                "fffd"u8.CopyTo(json[(i + 2)..]);
            i += EscapeLength;
        }
    }

    private static char? CodeUnit(ReadOnlySpan<byte> json) =>
        json.Length >= EscapeLength && json.StartsWith("\\u"u8)
            && ushort.TryParse(json[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit)
            ? (char)unit
            : null;
}
