using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// What a model of Cohere's says of the tools that it is about to call. It is no part of the answer and no reasoning, but wants to be
/// sent back with the calls: so it is given out whole, as a content of its own, when something else begins.
/// </summary>
internal sealed class CoherePlan(int maxLength)
{
    public const string Field = "tool_plan";

    private GrowingText? _text;

    /// <summary>Adds the string that the reader stands on.</summary>
    public void Add(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.IsEmpty) return;
        _text ??= new GrowingText(ChatTextMode.Incremental, maxLength, "The tool plan");
        _text.Append(reader.ValueSpan, reader.ValueIsEscaped, out _);
    }

    /// <summary>Gives out what there is.</summary>
    public void End(ChoiceBuilder choice)
    {
        if (_text is null) return;
        _text.Complete(out _);
        string plan = _text.ToString();
        _text = null;
        byte[] json = Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(new JsonObject { [Field] = plan }));
        choice.AddContent(ProviderContent.Create("cohere", json), plan.Length);
    }
}

/// <summary>The tool calls of an answer of Cohere's that have begun and not ended.</summary>
internal sealed class CohereCalls
{
    private readonly HashSet<int> _open = [];

    /// <summary>Whether there has been any.</summary>
    public bool Any { get; private set; }

    public void Add(ChoiceBuilder choice, in ToolCallFragment fragment)
    {
        Any = true;
        choice.AddToolCall(fragment);
        if (!fragment.IsComplete && fragment.ProviderIndex is { } index) _open.Add(index);
    }

    /// <summary>Notes that a call is whole.</summary>
    public void End(ChoiceBuilder choice, int index)
    {
        if (_open.Remove(index)) choice.AddToolCall(new ToolCallFragment { ProviderIndex = index, IsComplete = true });
    }
}
