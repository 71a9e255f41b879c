using System.Globalization;

namespace LlmStream.Operators.Text;

/// <summary>Finds the boundaries between user-perceived characters (grapheme clusters, UAX #29), where a text may be cut.</summary>
internal static class Graphemes
{
    /// <summary>
    /// The longest cluster that is kept together, in UTF-16 code units. The longest emoji have about 20. A longer cluster is an
    /// unbounded run of combining marks, which would have to be searched again for each mark that arrives.
    /// </summary>
    public const int MaxLength = 64;

    /// <summary>The length of the first grapheme, in UTF-16 code units.</summary>
    public static int FirstLength(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && IsSimple(text[0]) && IsSimple(text[1])) return 1;
        int length = StringInfo.GetNextTextElementLength(text.Length > MaxLength ? text[..MaxLength] : text);
        if (length == MaxLength && text.Length > MaxLength && char.IsHighSurrogate(text[length - 1])) length--;
        return length;
    }

    /// <summary>Where the last grapheme begins in a text that begins at a boundary. More text may still continue it.</summary>
    public static int LastStart(ReadOnlySpan<char> text)
    {
        if (EndsSimply(text)) return text.Length - 1;
        int start = 0;
        while (start < text.Length)
        {
            int length = FirstLength(text[start..]);
            if (start + length == text.Length) break;
            start += length;
        }

        return start;
    }

    /// <summary>Whether the last grapheme is certainly just the last character.</summary>
    public static bool EndsSimply(ReadOnlySpan<char> text) => text.Length > 1 && IsSimple(text[^1]) && IsSimple(text[^2]);

    /// <summary>
    /// Whether there is always a boundary between two characters of this kind: ASCII and Latin without CR, and ideographs. All others are
    /// looked up in the Unicode tables.
    /// </summary>
    private static bool IsSimple(char c) => c is (>= '\u4E00' and <= '\u9FFF') or (< '\u0300' and not '\r');
}
