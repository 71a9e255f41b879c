using System.Diagnostics;
using System.Runtime.CompilerServices;
#if !NETSTANDARD
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
#endif

namespace LlmStream.Json;

/// <content>Short strings, as most pieces of an answer are, which are decoded with fewer steps.</content>
internal static partial class JsonText
{
    /// <summary>The length of two vectors, up to which strings are decoded with the fewest steps.</summary>
    public const int ShortLength = 32;

    private const int MaxShortLength = 2 * ShortLength;
    private const int UnicodeEscapeLength = 6;

    /// <summary>
    /// Decodes a JSON string that is short and valid, without characters that are a surrogate pair; one with escapes only if it consists
    /// of escapes such as <c>\u4e2d</c>.
    /// </summary>
    /// <param name="bytes">Bytes that begin with those between the quotation marks.</param>
    /// <param name="length">The length of the string.</param>
    /// <param name="escaped">Whether it contains a backslash.</param>
    /// <param name="destination">Room for the characters. Those after the string may be overwritten too.</param>
    /// <returns>
    /// The number of code units; -1 if it was not decoded: it is not such a string, or the bytes or the room end too soon after it.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DecodeShort(ReadOnlySpan<byte> bytes, int length, bool escaped, Span<char> destination)
    {
        if (escaped) return DecodeUnicodeEscapes(bytes[..length], destination);
#if NETSTANDARD
        return -1; // without vectors
#else
        if (!Vector128.IsHardwareAccelerated || length > MaxShortLength) return -1;
        if (bytes.Length < ShortLength || destination.Length < ShortLength) return -1;
        if (length > ShortLength) return DecodeMixed(bytes, length, destination);
        // Whole vectors, without a loop or branches that depend on the length, which differs from piece to piece.
        Span<ushort> units = MemoryMarshal.Cast<char, ushort>(destination[..ShortLength]);
        uint nonAscii = Widen(bytes, units);
        if (length > Vector128<byte>.Count)
            nonAscii |= Widen(bytes[Vector128<byte>.Count..], units[Vector128<byte>.Count..]) << Vector128<byte>.Count;
        return (nonAscii & ((1UL << length) - 1)) == 0 ? length : DecodeMixed(bytes, length, destination);
#endif
    }

    private static int DecodeUnicodeEscapes(ReadOnlySpan<byte> raw, Span<char> destination)
    {
        int length = 0;
        for (; raw is [(byte)'\\', (byte)'u', ..]; raw = raw[UnicodeEscapeLength..])
        {
            char unit = HexDigits.ToChar(raw[2..]);
            if (char.IsSurrogate(unit)) return -1;
            destination[length++] = unit;
        }

        return raw.IsEmpty ? length : -1;
    }

#if !NETSTANDARD
    /// <summary>The same for strings with characters outside ASCII: what is between them is decoded with vectors.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // most strings have none
    private static int DecodeMixed(ReadOnlySpan<byte> bytes, int length, Span<char> destination)
    {
        Span<ushort> units = MemoryMarshal.Cast<char, ushort>(destination);
        int read = 0, written = 0;
        while (bytes.Length - read >= Vector128<byte>.Count && units.Length - written >= Vector128<byte>.Count)
        {
            uint others = Widen(bytes[read..], units[written..]);
            int plain = Math.Min(BitOperations.TrailingZeroCount(others | (1U << Vector128<byte>.Count)), length - read);
            read += plain;
            written += plain;
            if (read == length) return written;
            while (bytes[read] > 0x7F)
            {
                int size = DecodeCharacter(bytes[read..length], out units[written]);
                if (size == 0) return -1;
                read += size;
                written++;
                if (read == length) return written;
            }
        }

        return -1;
    }

    /// <returns>The number of bytes decoded, two or three; 0 if they are not a valid character of that length.</returns>
    private static int DecodeCharacter(ReadOnlySpan<byte> utf8, out ushort unit)
    {
        unit = 0;
        if (utf8.Length < 2 || (utf8[1] & 0xC0) != 0x80) return 0;
        if ((utf8[0] & 0xE0) == 0xC0)
        {
            unit = (ushort)(((utf8[0] & 0x1F) << 6) | (utf8[1] & 0x3F));
            return unit >= 0x80 ? 2 : 0; // an overlong form is not UTF-8
        }

        if ((utf8[0] & 0xF0) != 0xE0 || utf8.Length < 3 || (utf8[2] & 0xC0) != 0x80) return 0;
        unit = (ushort)(((utf8[0] & 0x0F) << 12) | ((utf8[1] & 0x3F) << 6) | (utf8[2] & 0x3F));
        return unit >= 0x800 && !char.IsSurrogate((char)unit) ? 3 : 0;
    }

    /// <param name="bytes">The bytes, of which a vector is widened.</param>
    /// <param name="units">Receives as many code units.</param>
    /// <returns>A bit for each byte that is not ASCII, the first byte in the lowest bit.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Widen(ReadOnlySpan<byte> bytes, Span<ushort> units)
    {
        var vector = Vector128.Create(bytes);
        (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(vector);
        lower.CopyTo(units);
        upper.CopyTo(units[Vector128<ushort>.Count..]);
        return vector.ExtractMostSignificantBits();
    }
#endif
}
