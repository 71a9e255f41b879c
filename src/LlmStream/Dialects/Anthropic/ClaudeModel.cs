using System.Globalization;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// What a model of the Claude family can do, as far as its name tells: <c>claude-opus-4-6</c>, <c>claude-3-7-sonnet@20250219</c>
/// (Vertex), <c>us.anthropic.claude-sonnet-4-5-20250929-v1:0</c> (Bedrock), <c>anthropic/claude-opus-4.6</c> (OpenRouter).
/// </summary>
internal readonly record struct ClaudeModel
{
    private readonly int _version; // 406 of Claude 4.6; 0 where the name has none, as the newest may not
    private readonly bool _isClaude;

    public ClaudeModel(string? name)
    {
        int start = name?.IndexOf("claude", StringComparison.OrdinalIgnoreCase) ?? -1;
        _isClaude = start >= 0;
        if (_isClaude) _version = VersionOf(name![(start + "claude".Length)..]);
    }

    /// <summary>Whether the name is one of this family.</summary>
    public bool IsClaude => _isClaude;

    /// <summary>
    /// Whether it answers a last message of the assistant's with 400: 4.6 and all that came after it
    /// (platform.claude.com/docs, "Migrating away from prefilled responses").
    /// </summary>
    public bool RefusesPrefill => _isClaude && (_version == 0 || _version >= 406);

    /// <summary>Whether it decides by itself how long it thinks, and is told only how hard; those before want a budget.</summary>
    public bool ThinksAdaptively => RefusesPrefill;

    /// <summary>Whether it takes the effort <c>xhigh</c>: from Opus 4.7 on.</summary>
    public bool TakesExtraHighEffort => _isClaude && (_version == 0 || _version >= 407);

    /// <summary>Whether it is known not to think aloud at all: before 3.7.</summary>
    public bool NeverThinks => _isClaude && _version is > 0 and < 307;

    /// <summary>How long an answer may be where the caller sets no limit, in tokens. Every model takes it.</summary>
    public int DefaultMaxTokens => _isClaude && _version is 0 or >= 400 ? 16_384 : 4_096;

    /// <summary>The first number of the name that is no date, and the one right behind it.</summary>
    private static int VersionOf(string name)
    {
        string[] parts = name.Split(['-', '_', '.', '@', ':', '/', ' ']);
        int major = Array.FindIndex(parts, part => NumberOf(part) > 0);
        if (major < 0) return 0;
        return (NumberOf(parts[major]) * 100) + (major + 1 < parts.Length ? NumberOf(parts[major + 1]) : 0);
    }

    private static int NumberOf(string part) => part.Length is 1 or 2 && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
