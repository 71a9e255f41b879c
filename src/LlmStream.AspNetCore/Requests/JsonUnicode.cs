using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace LlmStream.AspNetCore.Requests;

/// <summary>Makes all strings of JSON readable.</summary>
/// <remarks>
/// <see cref="System.Text.Json.JsonDocument"/> accepts bytes that are not UTF-8, and escapes of half a surrogate pair, but throws when such
/// a string is read. Browsers send the latter for a text that was cut in the middle of an emoji.
/// </remarks>
internal static class JsonUnicode
{
    /// <summary>Replaces what is not Unicode by U+FFFD.</summary>
    /// <param name="json">Valid JSON, which is changed.</param>
    /// <returns>The JSON: the same array, unless its length changed.</returns>
    public static byte[] Repair(byte[] json)
    {
        if (!Utf8.IsValid(json)) json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        Span<byte> rest = json;
        while (rest.IndexOf((byte)'\\') is >= 0 and int backslash && backslash + 1 < rest.Length)
        {
            rest = rest[backslash..];
            int length = 2;
            char unit = UnitAt(rest);
            if (char.IsHighSurrogate(unit) && char.IsLowSurrogate(UnitAt(rest[6..]))) length = 12;
            else if (char.IsSurrogate(unit)) "fffd"u8.CopyTo(rest[2..]);
            rest = rest[length..];
        }

        return json;
    }

    /// <summary>The code unit of an escape, or 0 if there is no such escape.</summary>
    private static char UnitAt(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && escape[0] == '\\' && escape[1] == 'u'
        && Utf8Parser.TryParse(escape[2..6], out ushort unit, out int length, 'x') && length == 4
            ? (char)unit
            : '\0';
}
