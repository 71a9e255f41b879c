namespace LlmStream.Answers;

/// <summary>One tool call while its fragments arrive.</summary>
internal sealed class ToolCallBuilder(int index, GrowingText arguments)
{
    /// <summary>The position of the call among the calls of its choice.</summary>
    public int Index { get; } = index;

    /// <summary>The number by which the provider identifies the call, or null.</summary>
    public int? ProviderIndex { get; init; }

    public string? Id { get; set; }

    public string? Name { get; set; }

    /// <summary>Whether the provider said that the call is complete.</summary>
    public bool IsComplete { get; set; }

    public GrowingText Arguments { get; } = arguments;

    public ToolCall ToToolCall(bool isComplete) =>
        new() { Index = Index, IsComplete = isComplete, Id = Id, Name = Name ?? "", Arguments = Arguments.ToString() };
}
