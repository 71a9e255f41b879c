namespace LlmStream.Testing.Continuing;

/// <summary>A message of a request, as far as the server cares.</summary>
/// <param name="Role"><c>user</c>, <c>assistant</c>, <c>system</c> or <c>tool</c>.</param>
/// <param name="Text">Its text, the parts of an array joined.</param>
internal sealed record AskedMessage(string Role, string Text)
{
    public string Reasoning { get; init; } = "";

    public bool Prefix { get; init; }

    public bool Partial { get; init; }
}
