using System.Globalization;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// What a Claude model supports, as far as its name shows: <c>claude-opus-4-6</c>, <c>claude-3-7-sonnet@20250219</c> (Vertex),
/// <c>us.anthropic.claude-sonnet-4-5-20250929-v1:0</c> (Bedrock), <c>anthropic/claude-opus-4.6</c> (OpenRouter).
/// </summary>
internal readonly record struct ClaudeModel
{
    private readonly int _version; // 406 for Claude 4.6; 0 if the name has no version, as may be the case for the newest
    private readonly bool _isClaude;

    public ClaudeModel(string? name)
    {
        int start = name?.IndexOf("claude", StringComparison.OrdinalIgnoreCase) ?? -1;
        _isClaude = start >= 0;
        if (_isClaude) _version = VersionOf(name![(start + "claude".Length)..]);
    }

    /// <summary>Whether the name is that of a Claude model.</summary>
    public bool IsClaude => _isClaude;

    /// <summary>
    /// Whether the API answers 400 to a trailing assistant message: from 4.6 on
    /// (platform.claude.com/docs, "Migrating away from prefilled responses").
    /// </summary>
    public bool RefusesPrefill => _isClaude && (_version == 0 || _version >= 406);

    /// <summary>Whether the model itself decides how long to reason, and accepts an effort instead of a budget of tokens.</summary>
    public bool ThinksAdaptively => RefusesPrefill;

    /// <summary>Whether the effort <c>xhigh</c> is accepted: from Opus 4.7 on.</summary>
    public bool TakesExtraHighEffort => _isClaude && (_version == 0 || _version >= 407);

    /// <summary>Whether the model is known not to support reasoning: before 3.7.</summary>
    public bool NeverThinks => _isClaude && _version is > 0 and < 307;

    /// <summary>The limit of the answer, in tokens, if the caller sets none. Every model accepts it.</summary>
    public int DefaultMaxTokens => _isClaude && _version is 0 or >= 400 ? 16_384 : 4_096;

    /// <summary>The first number in the name that is not a date, and the number directly after it.</summary>
    private static int VersionOf(string name)
    {
        string[] parts = name.Split(['-', '_', '.', '@', ':', '/', ' ']);
        int major = Array.FindIndex(parts, part => NumberOf(part) > 0);
        if (major < 0) return 0;
        return (NumberOf(parts[major]) * 100) + (major + 1 < parts.Length ? NumberOf(parts[major + 1]) : 0);
    }

    private static int NumberOf(string part) =>
        part.Length is 1 or 2 && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
