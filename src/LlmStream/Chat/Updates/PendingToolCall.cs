using System.Text;

namespace LlmStream.Chat.Updates;

/// <summary>A tool call whose fragments are still arriving.</summary>
internal sealed class PendingToolCall(int index)
{
    private readonly StringBuilder _arguments = new();
    private string? _id;
    private string? _name;

    public int Index { get; } = index;

    /// <summary>Whether the call has been passed on. What comes after the provider said that it is whole is no part of it.</summary>
    public bool IsGiven { get; set; }

    public void Take(ToolCallDelta fragment)
    {
        _id ??= fragment.Id;
        _name ??= fragment.Name;
        if (fragment.Arguments.Length == 0) return;
        if (fragment.ArgumentsOffset < _arguments.Length) _arguments.Length = fragment.ArgumentsOffset; // rewritten; nobody has seen it yet
        _arguments.Append(fragment.Arguments);
    }

    public ToolCall ToToolCall() => new() { Index = Index, Id = _id, Name = _name ?? "", Arguments = _arguments.ToString() };
}
