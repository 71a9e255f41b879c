namespace LlmStream.Chat.Updates;

/// <summary>A tool call whose fragments are still arriving.</summary>
internal sealed class PendingToolCall(int index)
{
    private readonly OffsetText _arguments = new();
    private string? _id;
    private string? _name;

    public int Index { get; } = index;

    /// <summary>Whether the call has been passed on. Fragments that arrive after its provider signalled its end are ignored.</summary>
    public bool IsPassedOn { get; set; }

    public void Add(ToolCallDelta fragment)
    {
        _id ??= fragment.Id;
        _name ??= fragment.Name;
        _arguments.Apply(fragment.Arguments, fragment.ArgumentsOffset); // may rewrite: nothing of it has been passed on yet
    }

    public ToolCall ToToolCall() => new() { Index = Index, Id = _id, Name = _name ?? "", Arguments = _arguments.ToString() };
}
