using System.Text;

namespace LlmStream.Testing.Scripting;

/// <summary>
/// Splits text as a model would stream it: a word with the white space before it, one CJK character, one mark, one emoji.
/// No token ends between the halves of a surrogate pair.
/// </summary>
internal static class Tokens
{
    // Longer words are several tokens, as they are for a real model.
    private const int LongestWord = 8;

    /// <summary>The text in chunks of a number of tokens, from a character on.</summary>
    public static IEnumerable<string> Chunks(string text, int start, int tokens)
    {
        int from = start;
        int count = 0;
        for (int at = start; at < text.Length;)
        {
            at = EndOfToken(text, at);
            if (++count == tokens || at == text.Length)
            {
                yield return text[from..at];
                (from, count) = (at, 0);
            }
        }
    }

    /// <summary>How many tokens a text has.</summary>
    public static int Count(string text)
    {
        int count = 0;
        for (int at = 0; at < text.Length; count++) at = EndOfToken(text, at);
        return count;
    }

    private static int EndOfToken(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        int start = at;
        while (at < text.Length && IsOfWord(text[at]) && at - start < LongestWord) at++;
        if (at > start || at == text.Length) return at;
        return at + (Rune.TryGetRuneAt(text, at, out Rune rune) ? rune.Utf16SequenceLength : 1);
    }

    // From the CJK radicals on, a character is a token.
    private static bool IsOfWord(char c) => char.IsLetterOrDigit(c) && c < '\u2E80';
}
