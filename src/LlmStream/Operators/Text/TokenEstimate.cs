namespace LlmStream.Operators.Text;

/// <summary>
/// How many tokens a text is, roughly, where nobody counts them. The rule is the one that DeepSeek states
/// (api-docs.deepseek.com/quick_start/token_usage): an English character is about 0.3 tokens, a Chinese one about 0.6.
/// </summary>
internal static class TokenEstimate
{
    /// <summary>The estimate is made in tenths of a token, so that it does not depend on how the text is divided.</summary>
    public const int UnitsPerToken = 10;

    /// <summary>The most that one UTF-16 code unit costs.</summary>
    public const int MaxUnitsPerChar = 6;

    public static int Units(char c) => c < '\u0300' ? 3 : char.IsSurrogate(c) ? 5 : MaxUnitsPerChar;

    public static long Units(ReadOnlySpan<char> text)
    {
        long units = 0;
        foreach (char c in text) units += Units(c);
        return units;
    }
}
