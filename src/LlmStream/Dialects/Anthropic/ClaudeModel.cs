using System.Globalization;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// The capabilities of a Claude model, as far as its name shows them: <c>claude-opus-4-6</c>, <c>claude-3-7-sonnet@20250219</c>
/// (Vertex), <c>us.anthropic.claude-sonnet-4-5-20250929-v1:0</c> (Bedrock), <c>anthropic/claude-opus-4.6</c> (OpenRouter).
/// </summary>
internal readonly record struct ClaudeModel
{
    private readonly int _version; // 406 for Claude 4.6; 0 if the name has none
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
    /// Whether it refuses a trailing assistant message with HTTP 400: 4.6 and later
    /// (platform.claude.com/docs, "Migrating away from prefilled responses").
    /// </summary>
    public bool RefusesPrefill => _isClaude && (_version == 0 || _version >= 406);

    /// <summary>Whether it decides how long it thinks and takes an effort; earlier models take a budget.</summary>
    public bool ThinksAdaptively => RefusesPrefill;

    /// <summary>Whether it accepts the effort <c>xhigh</c>: Opus 4.7 and later.</summary>
    public bool TakesExtraHighEffort => _isClaude && (_version == 0 || _version >= 407);

    /// <summary>Whether it has no extended thinking: before 3.7.</summary>
    public bool NeverThinks => _isClaude && _version is > 0 and < 307;

    /// <summary>The limit of an answer, in tokens, if the caller sets none. Every model accepts it.</summary>
    public int DefaultMaxTokens => _isClaude && _version is 0 or >= 400 ? 16_384 : 4_096;

    /// <summary>The first number of the name that is not a date, and the one after it.</summary>
    private static int VersionOf(string name)
    {
        string[] parts = name.Split(['-', '_', '.', '@', ':', '/', ' ']);
        int major = Array.FindIndex(parts, part => NumberOf(part) > 0);
        if (major < 0) return 0;
        return (NumberOf(parts[major]) * 100) + (major + 1 < parts.Length ? NumberOf(parts[major + 1]) : 0);
    }

    private static int NumberOf(string part) => part.Length is 1 or 2 && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
