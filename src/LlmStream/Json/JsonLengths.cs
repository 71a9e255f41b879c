using System.Buffers;
#if !NETSTANDARD
using System.Buffers.Binary;
#endif
using System.Diagnostics;
using System.Runtime.CompilerServices;
#if !NETSTANDARD
using System.Numerics;
using System.Runtime.Intrinsics;
#endif

namespace LlmStream.Json;

/// <summary>
/// The lengths of JSON values at the start of a span. The rules are those of RFC 8259, as
/// <see cref="System.Text.Json.Utf8JsonReader"/> applies them.
/// </summary>
internal static class JsonLengths
{
    /// <summary>The greatest length that <see cref="IsStringOf"/> accepts: the string and the byte after it fill a vector.</summary>
    public const int MaxShortString = 31;

    /// <summary>The same for <see cref="IsInteger"/>: the integer and the byte after it fill a word of 8 bytes.</summary>
    public const int MaxShortInteger = 7;

    private const int None = -1;
    private const int ShortLength = 64;
    private const int MaxDigits = 18; // every number of 18 digits fits into a long
    private const int UnicodeEscapeLength = 6;
    private const int MaxDepth = 64; // as JsonOptions.Reader
    private const ulong ZeroDigits = 0x3030303030303030;

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

    /// <summary>
    /// Whether <see cref="OfString"/> returns this length, and the string is not escaped. False if it cannot be told quickly.
    /// </summary>
    /// <param name="bytes">Bytes that begin after the first quotation mark.</param>
    /// <param name="length">At most <see cref="MaxShortString"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsStringOf(ReadOnlySpan<byte> bytes, int length)
    {
        Debug.Assert(length is >= 0 and <= MaxShortString, "There is a bit for each byte and the quotation mark");
#if NETSTANDARD
        return false;
#else
        if (!Vector256.IsHardwareAccelerated || bytes.Length < Vector256<byte>.Count) return false;
        // The first stop is the byte after the string.
        uint stops = StopsOf(Vector256.Create(bytes)).ExtractMostSignificantBits();
        return stops << (MaxShortString - length) == 1U << MaxShortString && bytes[length] == (byte)'"';
#endif
    }

    /// <summary>Whether <see cref="OfInteger"/> returns this length. False if it cannot be told quickly.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="length">At most <see cref="MaxShortInteger"/>, and not 0.</param>
    /// <param name="value">The number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsInteger(ReadOnlySpan<byte> bytes, int length, out long value)
    {
        Debug.Assert(length is > 0 and <= MaxShortInteger, "The digits and the byte after them are read at once");
        value = 0;
#if NETSTANDARD
        return false;
#else
        if (bytes.Length < sizeof(ulong)) return false;
        ulong digits = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ ZeroDigits;
        if (NonDigitsOf(digits) << (8 * (MaxShortInteger - length)) != 1UL << 63) return false;
        if (length > 1 && bytes[0] == (byte)'0') return false;
        value = ToInteger(digits << (8 * (sizeof(ulong) - length)));
        return true;
#endif
    }

    /// <summary>The length of a number without sign, fraction, and exponent.</summary>
    /// <returns>-1 if there is none, or one of more than 18 digits.</returns>
    public static int OfInteger(ReadOnlySpan<byte> bytes, out long value)
    {
        value = 0;
        long number = 0; // in a register, unlike the parameter
        int length = 0;
#if !NETSTANDARD
        if (bytes.Length >= sizeof(ulong))
        {
            // Eight bytes at once: there is no branch that depends on the number of digits.
            ulong digits = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ ZeroDigits;
            length = BitOperations.TrailingZeroCount(NonDigitsOf(digits)) / 8;
            if (length is > 0 and < sizeof(ulong))
            {
                if (length > 1 && bytes[0] == (byte)'0') return None;
                value = ToInteger(digits << (8 * (sizeof(ulong) - length))); // zeros in front of the digits
                return length;
            }

            length = 0;
        }
#endif

        for (; length < bytes.Length && (uint)(bytes[length] - '0') <= 9 && length <= MaxDigits; length++)
            number = (number * 10) + (bytes[length] - '0');

        value = number;
        if (length > MaxDigits) return None;
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

    /// <summary>The length of a number, <c>true</c>, <c>false</c>, or <c>null</c>.</summary>
    /// <returns>-1 if there is none.</returns>
    public static int OfLiteral(ReadOnlySpan<byte> bytes) => bytes[0] switch
    {
        (byte)'n' => bytes.StartsWith("null"u8) ? 4 : None,
        (byte)'t' => bytes.StartsWith("true"u8) ? 4 : None,
        (byte)'f' => bytes.StartsWith("false"u8) ? 5 : None,
        _ => OfNumber(bytes),
    };

    /// <summary>The length of a value of any kind, without white space around it.</summary>
    /// <param name="bytes">Bytes that begin with the value.</param>
    /// <param name="maxDepth">The maximum number of objects and arrays that are nested, the value included; at most 64.</param>
    /// <returns>
    /// -1 if there is none, or one that is nested too deeply. What follows it is not checked: it may be another digit, or a letter.
    /// </returns>
    public static int OfValue(ReadOnlySpan<byte> bytes, int maxDepth)
    {
        Debug.Assert(maxDepth <= MaxDepth, "There is a bit for each level");
        ulong areObjects = 0; // a bit for each open object or array, the innermost is the lowest
        int depth = 0, position = 0;
        while ((uint)position < (uint)bytes.Length)
        {
            switch (bytes[position])
            {
                case (byte)'"':
                    int length = OfString(bytes[(position + 1)..], out _);
                    if (length < 0) return None;
                    position += length + 2;
                    break;
                case (byte)'{':
                case (byte)'[':
                    if (++depth > maxDepth) return None;
                    bool isObject = bytes[position] == (byte)'{';
                    position = SkipSpace(bytes, position + 1);
                    if (position < bytes.Length && bytes[position] == (isObject ? (byte)'}' : (byte)']'))
                    {
                        position++;
                        depth--;
                        break;
                    }

                    areObjects = (areObjects << 1) | (isObject ? 1UL : 0);
                    if (isObject && (position = SkipName(bytes, position)) < 0) return None;
                    continue;
                default:
                    length = OfLiteral(bytes[position..]);
                    if (length < 0) return None;
                    position += length;
                    break;
            }

            // A value has ended, and with it perhaps those that it is in.
            while (true)
            {
                if (depth == 0) return position;
                position = SkipSpace(bytes, position);
                if (position == bytes.Length) return None;
                byte next = bytes[position++];
                bool isInObject = (areObjects & 1) != 0;
                if (next == (byte)',')
                {
                    position = SkipSpace(bytes, position);
                    if (isInObject && (position = SkipName(bytes, position)) < 0) return None;
                    break;
                }

                if (next != (isInObject ? (byte)'}' : (byte)']')) return None;
                areObjects >>= 1;
                depth--;
            }
        }

        return None;
    }

    /// <summary>The offset of the first byte, from this one on, that is not white space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // most JSON has none
    public static int SkipSpace(ReadOnlySpan<byte> bytes, int position) =>
        (uint)position < (uint)bytes.Length && bytes[position] <= (byte)' ' ? SkipSpaces(bytes, position) : position;

    /// <summary>The number of spaces at the start of some bytes.</summary>
    public static int OfSpaces(ReadOnlySpan<byte> bytes)
    {
        int count = bytes.IndexOfAnyExcept((byte)' ');
        return count < 0 ? bytes.Length : count;
    }

    /// <summary>Skips the name of a property and the colon after it.</summary>
    /// <returns>The offset of the value; -1 if there is no name.</returns>
    private static int SkipName(ReadOnlySpan<byte> bytes, int position)
    {
        if ((uint)position >= (uint)bytes.Length || bytes[position] != (byte)'"') return None;
        int length = OfString(bytes[(position + 1)..], out _);
        if (length < 0) return None;
        position = SkipSpace(bytes, position + length + 2);
        return position < bytes.Length && bytes[position] == (byte)':' ? SkipSpace(bytes, position + 1) : None;
    }

    private static int SkipSpaces(ReadOnlySpan<byte> bytes, int position)
    {
        while (position < bytes.Length && IsSpace(bytes[position])) position++;
        return position;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    /// <summary>The offset of the first quotation mark, backslash, or control character; -1 if there is none.</summary>
    private static int FirstStop(ReadOnlySpan<byte> bytes)
    {
        int start = 0;
#if !NETSTANDARD
        // Most strings of a stream are so short that they are searched sooner than the call of a longer search would begin.
        if (Vector256.IsHardwareAccelerated)
        {
            for (; start < ShortLength && start + Vector256<byte>.Count <= bytes.Length; start += Vector256<byte>.Count)
            {
                uint stops = StopsOf(Vector256.Create(bytes[start..])).ExtractMostSignificantBits();
                if (stops != 0) return start + BitOperations.TrailingZeroCount(stops);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            for (; start < ShortLength && start + Vector128<byte>.Count <= bytes.Length; start += Vector128<byte>.Count)
            {
                uint stops = StopsOf(Vector128.Create(bytes[start..])).ExtractMostSignificantBits();
                if (stops != 0) return start + BitOperations.TrailingZeroCount(stops);
            }
        }
#endif

        int found = bytes[start..].IndexOfAny(StringStops);
        return found < 0 ? None : start + found;
    }

#if !NETSTANDARD
    private static Vector256<byte> StopsOf(Vector256<byte> bytes) => Vector256.Equals(bytes, Vector256.Create((byte)'"'))
        | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
        | Vector256.LessThan(bytes, Vector256.Create((byte)0x20));

    private static Vector128<byte> StopsOf(Vector128<byte> bytes) => Vector128.Equals(bytes, Vector128.Create((byte)'"'))
        | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
        | Vector128.LessThan(bytes, Vector128.Create((byte)0x20));

    /// <summary>The high bit of each byte that is more than 9, up to the first of these. After it, a carry may have set others.</summary>
    private static ulong NonDigitsOf(ulong digits) => (digits | (digits + 0x7676767676767676)) & 0x8080808080808080;

    /// <summary>The number that eight digits are, the first in the lowest byte.</summary>
    private static uint ToInteger(ulong digits)
    {
        const ulong EachPair = 0x000000FF000000FF;
        ulong pairs = (digits * 10) + (digits >> 8); // in the even bytes
        ulong first = (pairs & EachPair) * (100 + (1_000_000UL << 32));
        ulong second = ((pairs >> 16) & EachPair) * (1 + (10_000UL << 32));
        return (uint)((first + second) >> 32);
    }
#endif

    private static int Digits(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        while (count < bytes.Length && char.IsAsciiDigit((char)bytes[count])) count++;
        return count;
    }

    private static int OfEscapedString(ReadOnlySpan<byte> bytes, int length, out bool isEscaped)
    {
        isEscaped = true;
        while (length < bytes.Length)
        {
            // Some servers escape all that is not ASCII, so that text in other scripts has nothing else.
            ReadOnlySpan<byte> rest = bytes[length..];
            if (rest.Length >= UnicodeEscapeLength && rest[0] == (byte)'\\' && rest[1] == (byte)'u')
            {
                if (!HexDigits.AreValid(rest[2..])) return None;
                length += UnicodeEscapeLength;
                continue;
            }

            int skipped = rest[0] switch
            {
                (byte)'"' => 0,
                (byte)'\\' => EscapeLength(rest),
                _ => FirstStop(rest), // 0 at a control character
            };
            if (skipped <= 0) return rest[0] == (byte)'"' ? length : None;
            length += skipped;
        }

        return None;
    }

    /// <summary>The length of an escape other than <c>\u</c>, or -1.</summary>
    private static int EscapeLength(ReadOnlySpan<byte> escape)
    {
        if (escape.Length < 2) return None;
        return escape[1] switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' => 2,
            _ => None,
        };
    }
}
