using System.Buffers;
#if !NETSTANDARD
using System.Numerics;
using System.Runtime.Intrinsics;
#endif

namespace LlmStream.Answers.Templates;

/// <summary>
/// The lengths of JSON strings and numbers at the start of a span. The rules are those of RFC 8259, as
/// <see cref="System.Text.Json.Utf8JsonReader"/> applies them.
/// </summary>
internal static class JsonLengths
{
    private const int None = -1;
    private const int MaxDigits = 18; // every number of 18 digits fits into a long

    private static readonly SearchValues<byte> StringStops =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    /// <summary>The length of a string, without its quotation marks.</summary>
    /// <param name="bytes">Bytes that begin after the first quotation mark.</param>
    /// <param name="isEscaped">Whether the string contains a backslash.</param>
    /// <returns>-1 if the string is invalid or does not end.</returns>
    public static int OfString(ReadOnlySpan<byte> bytes, out bool isEscaped)
    {
        isEscaped = false;
        int length = FirstStop(bytes);
        if (length < 0) return None;
        return bytes[length] == (byte)'"' ? length : OfEscapedString(bytes, length, out isEscaped);
    }

    /// <summary>The length of a number without sign, fraction, and exponent.</summary>
    /// <returns>-1 if there is none, or one of more than 18 digits.</returns>
    public static int OfInteger(ReadOnlySpan<byte> bytes, out long value)
    {
        value = 0;
        int length = 0;
        while (length < bytes.Length && (uint)(bytes[length] - '0') <= 9)
        {
            value = (value * 10) + (bytes[length] - '0');
            if (++length > MaxDigits) return None;
        }

        return length == 0 || (length > 1 && bytes[0] == (byte)'0') ? None : length;
    }

    /// <summary>The length of a number of any form.</summary>
    /// <returns>-1 if there is none.</returns>
    public static int OfNumber(ReadOnlySpan<byte> bytes)
    {
        int sign = bytes is [(byte)'-', ..] ? 1 : 0;
        int digits = Digits(bytes[sign..]);
        int length = sign + digits;
        if (digits == 0 || (digits > 1 && bytes[sign] == (byte)'0')) return None;
        if (length < bytes.Length && bytes[length] == (byte)'.')
        {
            digits = Digits(bytes[(length + 1)..]);
            if (digits == 0) return None;
            length += 1 + digits;
        }

        if (length < bytes.Length && bytes[length] is (byte)'e' or (byte)'E')
        {
            length++;
            if (length < bytes.Length && bytes[length] is (byte)'+' or (byte)'-') length++;
            digits = Digits(bytes[length..]);
            if (digits == 0) return None;
            length += digits;
        }

        return length;
    }

    /// <summary>The number of spaces at the start of some bytes.</summary>
    public static int OfSpaces(ReadOnlySpan<byte> bytes)
    {
        int count = bytes.IndexOfAnyExcept((byte)' ');
        return count < 0 ? bytes.Length : count;
    }

    /// <summary>The offset of the first quotation mark, backslash, or control character; -1 if there is none.</summary>
    private static int FirstStop(ReadOnlySpan<byte> bytes)
    {
#if !NETSTANDARD
        // Most strings of a stream are shorter than a vector.
        if (Vector128.IsHardwareAccelerated && bytes.Length >= Vector128<byte>.Count)
        {
            var start = Vector128.Create(bytes);
            Vector128<byte> stops = Vector128.Equals(start, Vector128.Create((byte)'"'))
                | Vector128.Equals(start, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(start, Vector128.Create((byte)0x20));
            if (stops != Vector128<byte>.Zero) return BitOperations.TrailingZeroCount(stops.ExtractMostSignificantBits());
        }
#endif

        return bytes.IndexOfAny(StringStops);
    }

    private static int Digits(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        while (count < bytes.Length && char.IsAsciiDigit((char)bytes[count])) count++;
        return count;
    }

    private static int OfEscapedString(ReadOnlySpan<byte> bytes, int length, out bool isEscaped)
    {
        isEscaped = true;
        while (bytes[length] == (byte)'\\')
        {
            int escape = EscapeLength(bytes[length..]);
            if (escape == None) return None;
            length += escape;
            int plain = bytes[length..].IndexOfAny(StringStops);
            if (plain < 0) return None;
            length += plain;
        }

        return bytes[length] == (byte)'"' ? length : None;
    }

    private static int EscapeLength(ReadOnlySpan<byte> escape)
    {
        if (escape.Length < 2) return None;
        switch (escape[1])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return 2;
            case (byte)'u' when escape.Length >= 6:
                foreach (byte digit in escape[2..6])
                {
                    if (!char.IsAsciiHexDigit((char)digit)) return None;
                }

                return 6;
            default:
                return None;
        }
    }
}
