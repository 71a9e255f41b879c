using System.Diagnostics;
using System.Text;

namespace LlmStream.Testing.Scripting;

/// <summary>
/// Splits text as a model would stream it: a token is a word with the white space before it, a CJK character, a punctuation mark or an
/// emoji. No token ends within a surrogate pair.
/// </summary>
internal static class Tokenizer
{
    // Longer words are several tokens, as they are for a real model.
    private const int MaxWordLength = 8;

    /// <summary>Splits a text, from an index on, into chunks of a number of tokens.</summary>
    public static IEnumerable<string> Split(string text, int start, int tokensPerChunk)
    {
        int chunkStart = start;
        int count = 0;
        for (int i = start; i < text.Length;)
        {
            i = FindTokenEnd(text, i);
            if (++count == tokensPerChunk || i == text.Length)
            {
                yield return text[chunkStart..i];
                (chunkStart, count) = (i, 0);
            }
        }
    }

    /// <summary>Counts the tokens of a text.</summary>
    public static int Count(string text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; count++) i = FindTokenEnd(text, i);
        return count;
    }

    private static int FindTokenEnd(string text, int start)
    {
        Debug.Assert(start < text.Length, "A token is not empty.");
        int i = start;
        while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
        int wordStart = i;
        while (i < text.Length && IsWordCharacter(text[i]) && i - wordStart < MaxWordLength) i++;
        if (i > wordStart || i == text.Length) return i;
        return i + (Rune.TryGetRuneAt(text, i, out Rune rune) ? rune.Utf16SequenceLength : 1);
    }

    // From U+2E80 (CJK radicals) on, each character is a token.
    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) && c < '\u2E80';
}
