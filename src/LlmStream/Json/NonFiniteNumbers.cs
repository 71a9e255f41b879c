using System.Buffers;
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
        // "nf" occurs in all spellings of infinity. Text may contain these words, too: then the bytes are searched, but not copied.
        MayContain(json, "NaN"u8, before: 0) || MayContain(json, "nf"u8, before: 1) || MayContain(json, "nan"u8, before: 0)
            ? ReplaceAll(json)
            : json;

    /// <summary>Whether a word for such a number occurs. Most hits are within other words: "nf" is in "information".</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="part">A part of the word.</param>
    /// <param name="before">The number of letters before the part.</param>
    private static bool MayContain(ReadOnlySpan<byte> json, ReadOnlySpan<byte> part, int before)
    {
        int position = 0;
        while (json[position..].IndexOf(part) is >= 0 and int hit)
        {
            position += hit;
            int start = Math.Max(position - before, 0);
            ReadOnlySpan<byte> word = json.Slice(start, Math.Min(json.Length - start, MaxWordLength + 1));
            if (IsNonFinite(word[..WordLength(word)])) return true;
            position += part.Length;
        }

        return false;
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
