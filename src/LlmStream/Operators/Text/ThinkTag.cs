namespace LlmStream.Operators.Text;

/// <summary>What a string that begins with &lt; is.</summary>
internal enum ThinkTagKind
{
    /// <summary>Neither a tag nor the beginning of one.</summary>
    None,

    /// <summary>The beginning of a tag.</summary>
    Beginning,

    /// <summary>An opening tag.</summary>
    Opening,

    /// <summary>A closing tag.</summary>
    Closing,
}

/// <summary>The tags that models write around their reasoning.</summary>
internal static class ThinkTag
{
    /// <summary>The length of the longest tag, so that text that only resembles one is not held back without limit.</summary>
    public const int MaxLength = 64;

    // think: DeepSeek, Qwen, GLM, MiniMax, Hunyuan. thinking: Claude, if prompted to. thought: Gemini's compatible endpoint, Gemma.
    // reasoning: models that are prompted to. seed:think: Seed-OSS. mm:think: MiniMax. Open WebUI's defaults also have reason, which is
    // too often the name of a field in answers that are XML.
    private static readonly string[] Names = ["think", "thinking", "thought", "reasoning", "seed:think", "mm:think"];

    /// <summary>
    /// Classifies a tag or the beginning of one: a name in any case, optionally a suffix after a colon (as in <c>&lt;/think:1></c>) and
    /// white space.
    /// </summary>
    public static ThinkTagKind Classify(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return ThinkTagKind.None;
        bool isClosing = text.Length > 1 && text[1] == '/';
        ReadOnlySpan<char> body = text[(isClosing ? 2 : 1)..];
        bool isWhole = body.Length > 0 && body[^1] == '>';
        if (isWhole) body = body[..^1];

        foreach (string name in Names)
        {
            if (body.Length < name.Length)
            {
                if (!isWhole && name.AsSpan().StartsWith(body, StringComparison.OrdinalIgnoreCase)) return ThinkTagKind.Beginning;
            }
            else if (body.StartsWith(name, StringComparison.OrdinalIgnoreCase) && IsSuffix(body[name.Length..]))
            {
                return !isWhole ? ThinkTagKind.Beginning : isClosing ? ThinkTagKind.Closing : ThinkTagKind.Opening;
            }
        }

        return ThinkTagKind.None;
    }

    /// <summary>Whether a tag between two such characters is quoted: the text is about tags.</summary>
    public static bool IsQuote(char c) => c is '`' or '"' or '\'' or '“' or '”' or '‘' or '’' or '「' or '」' or '『' or '』';

    private static bool IsSuffix(ReadOnlySpan<char> rest)
    {
        int i = 0;
        if (i < rest.Length && rest[i] == ':')
        {
            i++;
            while (i < rest.Length && (char.IsLetterOrDigit(rest[i]) || rest[i] is '_' or '-' or '.')) i++;
        }

        return rest[i..].IsWhiteSpace();
    }
}
