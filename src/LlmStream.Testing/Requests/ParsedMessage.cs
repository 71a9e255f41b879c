namespace LlmStream.Testing.Requests;

/// <summary>The parts of a message that matter to the server.</summary>
/// <param name="Role"><c>user</c>, <c>assistant</c>, <c>system</c> or <c>tool</c>.</param>
/// <param name="Text">The text; of several parts, their concatenation.</param>
internal sealed record ParsedMessage(string Role, string Text)
{
    public string Reasoning { get; init; } = "";

    public bool HasPrefixFlag { get; init; }

    public bool HasPartialFlag { get; init; }
}
