using System.Buffers;
#if NET
using System.Numerics;
using System.Runtime.Intrinsics;
#endif
using System.Text;

namespace LlmStream.Json;

/// <summary>Replaces numbers that JSON cannot express: NaN, and the infinities.</summary>
/// <remarks>
/// RFC 8259, section 6: "Numeric values that cannot be represented in the grammar below (such as Infinity and NaN) are not permitted."
/// Python's <c>json</c> writes them nevertheless (docs.python.org/3/library/json.html, "Infinite and NaN Number Values"), and with it
/// inference servers, for example as the log probability of a token that cannot occur. C's <c>printf</c> writes <c>nan</c> and <c>inf</c>.
/// </remarks>
internal static class NonFiniteNumbers
{
    private const int MaxWordLength = 8; // "infinity"

    private static readonly SearchValues<byte> OutsideString = SearchValues.Create("\"nNiI"u8);
    private static readonly SearchValues<byte> InsideString = SearchValues.Create("\"\\"u8);

    /// <summary>Replaces each such number outside of strings by <c>null</c>.</summary>
    /// <param name="json">JSON, or a part of it.</param>
    /// <returns>The same bytes, if there is none, as in nearly all events; otherwise a changed copy.</returns>
    public static ReadOnlySpan<byte> Replace(ReadOnlySpan<byte> json) =>
        // Text may contain these words, too: then the bytes are searched, but not copied.
        MayContain(json) ? ReplaceAll(json) : json;

    /// <summary>Whether a word for such a number occurs. Most hits are within other words: "nf" is in "information".</summary>
    private static bool MayContain(ReadOnlySpan<byte> json)
    {
        int position = 0;
        while (IndexOfPart(json[position..]) is >= 0 and int hit)
        {
            position += hit;
            int start = json[position + 1] == (byte)'f' ? Math.Max(position - 1, 0) : position; // "inf" or "nan"
            ReadOnlySpan<byte> word = json.Slice(start, Math.Min(json.Length - start, MaxWordLength + 1));
            if (IsNonFinite(word[..WordLength(word)])) return true;
            position++;
        }

        return false;
    }

    /// <summary>
    /// The index of the first <c>nf</c> (which every spelling of infinity contains), <c>NaN</c>, or <c>nan</c>; -1 if there is none.
    /// </summary>
    private static int IndexOfPart(ReadOnlySpan<byte> json)
    {
        int position = 0;
#if NET
        // All bytes of an event are searched, in one pass.
        for (; Vector256.IsHardwareAccelerated && position + Vector256<byte>.Count + 2 <= json.Length; position += Vector256<byte>.Count)
        {
            var first = Vector256.Create(json[position..]);
            var second = Vector256.Create(json[(position + 1)..]);
            var third = Vector256.Create(json[(position + 2)..]);
            Vector256<byte> isSmall = Vector256.Equals(first, Vector256.Create((byte)'n'));
            Vector256<byte> isLetter = isSmall | Vector256.Equals(first, Vector256.Create((byte)'N'));
            Vector256<byte> isNan = isLetter & Vector256.Equals(second, Vector256.Create((byte)'a')) & Vector256.Equals(first, third);
            Vector256<byte> isPart = isNan | (isSmall & Vector256.Equals(second, Vector256.Create((byte)'f')));
            if (isPart != Vector256<byte>.Zero) return position + BitOperations.TrailingZeroCount(isPart.ExtractMostSignificantBits());
        }
#endif

        for (; position < json.Length; position++)
        {
            ReadOnlySpan<byte> rest = json[position..];
            if (rest is [(byte)'n', (byte)'f', ..] || rest.StartsWith("nan"u8) || rest.StartsWith("NaN"u8)) return position;
        }

        return -1;
    }

    private static ReadOnlySpan<byte> ReplaceAll(ReadOnlySpan<byte> json)
    {
        ArrayBufferWriter<byte>? replaced = null;
        int position = 0, copied = 0;
        bool isInString = false;
        while (json[position..].IndexOfAny(isInString ? InsideString : OutsideString) is >= 0 and int hit)
        {
            position += hit;
            switch (json[position])
            {
                case (byte)'"':
                    isInString = !isInString;
                    position++;
                    break;
                case (byte)'\\':
                    position = Math.Min(position + 2, json.Length);
                    break;
                default:
                    int length = WordLength(json[position..]);
                    if (IsNonFinite(json.Slice(position, length)))
                    {
                        int start = position > 0 && json[position - 1] is (byte)'-' or (byte)'+' ? position - 1 : position;
                        replaced ??= new ArrayBufferWriter<byte>(json.Length);
                        replaced.Write(json[copied..start]);
                        replaced.Write("null"u8);
                        copied = position + length;
                    }

                    position += length;
                    break;
            }
        }

        if (replaced is null) return json;
        replaced.Write(json[copied..]);
        return replaced.WrittenSpan;
    }

    private static int WordLength(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        while (length < bytes.Length && char.IsAsciiLetter((char)bytes[length])) length++;
        return length;
    }

    private static bool IsNonFinite(ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(word, "nan"u8)
        || Ascii.EqualsIgnoreCase(word, "infinity"u8)
        || Ascii.EqualsIgnoreCase(word, "inf"u8);
}
