using LlmStream.Answers;

namespace LlmStream.Dialects.Cohere;

/// <summary>The tool calls of an answer that began and did not end.</summary>
internal sealed class CohereCalls
{
    private readonly HashSet<int> _open = [];

    /// <summary>Whether there was any call.</summary>
    public bool Any { get; private set; }

    public void Add(ChoiceBuilder choice, in ToolCallFragment fragment)
    {
        if (fragment.IsEmpty) return;
        Any = true;
        choice.AddToolCall(fragment);
        if (!fragment.IsWhole && fragment.StatedIndex is { } index) _open.Add(index);
    }

    /// <summary>Notes that a call is complete.</summary>
    public void End(ChoiceBuilder choice, int index)
    {
        if (_open.Remove(index)) choice.AddToolCall(new ToolCallFragment { StatedIndex = index, IsComplete = true });
    }
}
