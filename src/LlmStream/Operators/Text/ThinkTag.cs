namespace LlmStream.Operators.Text;

/// <summary>What a string that begins with &lt; is.</summary>
internal enum ThinkTagKind
{
    /// <summary>No tag, and no beginning of one.</summary>
    None,

    /// <summary>The beginning of a tag.</summary>
    Beginning,

    /// <summary>A tag that opens.</summary>
    Opening,

    /// <summary>A tag that closes.</summary>
    Closing,
}

/// <summary>The tags between which models think aloud.</summary>
internal static class ThinkTag
{
    /// <summary>The longest tag, so that what only looks like one is not held back for ever.</summary>
    public const int MaxLength = 64;

    // DeepSeek, Qwen, GLM, MiniMax, Hunyuan: think. Claude, when it is prompted to: thinking. Seed-OSS: seed:think.
    private static readonly string[] Names = ["think", "thinking", "seed:think"];

    /// <summary>Reads a tag or its beginning: a name in any case, a suffix after a colon (as in <c>&lt;/think:1></c>), white space.</summary>
    public static ThinkTagKind Classify(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return ThinkTagKind.None;
        bool closes = text.Length > 1 && text[1] == '/';
        ReadOnlySpan<char> body = text[(closes ? 2 : 1)..];
        bool isWhole = body.Length > 0 && body[^1] == '>';
        if (isWhole) body = body[..^1];

        foreach (string name in Names)
        {
            if (body.Length < name.Length)
            {
                if (!isWhole && name.AsSpan().StartsWith(body, StringComparison.OrdinalIgnoreCase)) return ThinkTagKind.Beginning;
            }
            else if (body.StartsWith(name, StringComparison.OrdinalIgnoreCase) && IsRest(body[name.Length..]))
            {
                return !isWhole ? ThinkTagKind.Beginning : closes ? ThinkTagKind.Closing : ThinkTagKind.Opening;
            }
        }

        return ThinkTagKind.None;
    }

    /// <summary>Whether a tag between two of these is one that is talked about.</summary>
    public static bool IsQuote(char c) => c is '`' or '"' or '\'' or '“' or '”' or '‘' or '’' or '「' or '」' or '『' or '』';

    private static bool IsRest(ReadOnlySpan<char> rest)
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
