namespace LlmStream;

/// <summary>
/// A rough estimate of the tokens of a text, by the rule that DeepSeek publishes (api-docs.deepseek.com/quick_start/token_usage):
/// an English character is about 0.3 tokens, a Chinese character about 0.6.
/// </summary>
internal static class TokenEstimate
{
    /// <summary>Tokens are counted in tenths, as integers, so that the estimate does not depend on how the text is divided.</summary>
    public const int UnitsPerToken = 10;

    /// <summary>The highest cost of one UTF-16 code unit.</summary>
    public const int MaxUnitsPerChar = 6;

    public static int Units(char c) => c < '\u0300' ? 3 : char.IsSurrogate(c) ? 5 : MaxUnitsPerChar;

    public static long Units(ReadOnlySpan<char> text)
    {
        long units = 0;
        foreach (char c in text) units += Units(c);
        return units;
    }
}
