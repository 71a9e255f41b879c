using System.Buffers.Binary;

namespace LlmStream.Json;

/// <summary>Four hexadecimal digits, as in the escape <c>\u4e2d</c>, all at once: most escapes are in text that has nothing else.</summary>
internal static class HexDigits
{
    private const uint EachByte = 0x01010101;
    private const uint HighBits = 0x80 * EachByte;

    /// <summary>Whether the first four bytes are hexadecimal digits.</summary>
    public static bool AreValid(ReadOnlySpan<byte> bytes)
    {
        // In each sum the high bit of a byte is set if that byte is at least the bound. No carry occurs, as ASCII has only seven bits.
        uint digits = BinaryPrimitives.ReadUInt32BigEndian(bytes), letters = digits | (0x20 * EachByte);
        uint areDigits = (digits + AtLeast('0')) & ~(digits + AtLeast('9' + 1));
        uint areLetters = (letters + AtLeast('a')) & ~(letters + AtLeast('f' + 1));
        return (digits & HighBits) == 0 && ((areDigits | areLetters) & HighBits) == HighBits;
    }

    /// <summary>The number that the first four bytes are, which must be valid.</summary>
    public static char ToChar(ReadOnlySpan<byte> bytes)
    {
        uint digits = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        // The low four bits of a letter are 9 less than its value, and only in letters the bit 0x40 is set.
        uint nibbles = (digits & (0x0F * EachByte)) + (9 * ((digits >> 6) & EachByte));
        uint pairs = (nibbles | (nibbles >> 4)) & 0x00FF00FF;
        return (char)(pairs | (pairs >> 8));
    }

    private static uint AtLeast(int bound) => (uint)(0x80 - bound) * EachByte;
}
