using System.Globalization;

namespace LlmStream.Operators.Text;

/// <summary>Where a text may be cut: between the characters that a reader sees (grapheme clusters, UAX #29).</summary>
internal static class Graphemes
{
    /// <summary>
    /// The longest that is held together, in UTF-16 code units. The longest emoji have about 20; what is longer is a pile of
    /// marks without end, which would have to be looked through again for each mark that comes.
    /// </summary>
    public const int MaxLength = 64;

    /// <summary>The length of the first grapheme.</summary>
    public static int FirstLength(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && IsSimple(text[0]) && IsSimple(text[1])) return 1;
        int length = StringInfo.GetNextTextElementLength(text.Length > MaxLength ? text[..MaxLength] : text);
        if (length == MaxLength && text.Length > MaxLength && char.IsHighSurrogate(text[length - 1])) length--;
        return length;
    }

    /// <summary>Where the last grapheme of a text that begins with one begins. It is the one that more text may still continue.</summary>
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

    /// <summary>Whether the last grapheme is certainly the last character alone.</summary>
    public static bool EndsSimply(ReadOnlySpan<char> text) => text.Length > 1 && IsSimple(text[^1]) && IsSimple(text[^2]);

    /// <summary>
    /// Whether there is a boundary between this character and another such: ASCII and Latin without CR, and ideographs.
    /// Everything else is looked up.
    /// </summary>
    private static bool IsSimple(char c) => c is (>= '\u4E00' and <= '\u9FFF') or (< '\u0300' and not '\r');
}
