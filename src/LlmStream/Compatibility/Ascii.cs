using System.Buffers;

namespace LlmStream.Compatibility;

/// <summary>The methods of <c>System.Text.Ascii</c> that the library uses.</summary>
internal static class Ascii
{
    public static bool Equals(ReadOnlySpan<byte> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length) return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] || left[i] >= 0x80) return false;
        }

        return true;
    }

    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length) return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] >= 0x80 || ToLower(left[i]) != ToLower(right[i])) return false;
        }

        return true;
    }

    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length) return false;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] >= 0x80 || right[i] >= 0x80 || ToLower(left[i]) != ToLower((byte)right[i])) return false;
        }

        return true;
    }

    public static bool IsValid(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value >= 0x80) return false;
        }

        return true;
    }

    public static bool IsValid(ReadOnlySpan<char> text)
    {
        foreach (char value in text)
        {
            if (value >= 0x80) return false;
        }

        return true;
    }

    public static OperationStatus ToUtf16(ReadOnlySpan<byte> source, Span<char> destination, out int charsWritten)
    {
        for (charsWritten = 0; charsWritten < source.Length; charsWritten++)
        {
            if (source[charsWritten] >= 0x80) return OperationStatus.InvalidData;
            if (charsWritten == destination.Length) return OperationStatus.DestinationTooSmall;
            destination[charsWritten] = (char)source[charsWritten];
        }

        return OperationStatus.Done;
    }

    private static int ToLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? value | 0x20 : value;
}
