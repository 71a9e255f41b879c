namespace LlmStream.Answers.Templates;

/// <summary>What a fragment of a tool call states besides its arguments: it decides which call the fragment belongs to.</summary>
internal sealed record ToolCallTarget(int? ProviderIndex, int? StatedIndex, string? Id, string? Name, int Position)
{
    /// <summary>Whether nothing but a number tells which call it is, and the fragment is the first in the list of its event.</summary>
    public bool IsByNumber => Id is null && Name is null && Position == 0 && (ProviderIndex ?? StatedIndex) is not null;

    public static ToolCallTarget Of(in ToolCallFragment fragment) =>
        new(fragment.ProviderIndex, fragment.StatedIndex, fragment.Id, fragment.Name, fragment.Position);

    /// <summary>The fragment with these arguments.</summary>
    public ToolCallFragment ToFragment(ReadOnlySpan<byte> arguments, bool areEscaped) => new()
    {
        ProviderIndex = ProviderIndex,
        StatedIndex = StatedIndex,
        Id = Id,
        Name = Name,
        Position = Position,
        Arguments = arguments,
        ArgumentsAreEscaped = areEscaped,
    };
}
