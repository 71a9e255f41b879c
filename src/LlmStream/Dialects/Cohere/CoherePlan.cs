using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.Cohere;

/// <summary>
/// What the model says about the tools that it is about to call. It is neither text nor reasoning, but must be sent back with the calls.
/// Therefore it becomes a content, which is emitted as a whole before whatever follows it.
/// </summary>
internal sealed class CoherePlan(int maxLength, TemplateRecorder recorder)
{
    public const string Field = "tool_plan";

    private GrowingText? _text;

    /// <summary>Adds the string that the reader is on.</summary>
    public void Add(ref Utf8JsonReader reader)
    {
        if (!reader.HasText()) return;
        recorder.Forget(); // the next text emits the plan
        _text ??= new GrowingText(ChatTextMode.Incremental, maxLength, "The tool plan");
        _text.Append(reader.ValueSpan, reader.ValueIsEscaped, out _);
    }

    /// <summary>Emits the plan, if there is one.</summary>
    public void Flush(ChoiceBuilder choice)
    {
        if (_text is null) return;
        _text.Complete(out _);
        string plan = _text.ToString();
        _text.Release();
        _text = null;
        byte[] json = Encoding.UTF8.GetBytes(JsonNodes.ToJsonText(new JsonObject { [Field] = plan }));
        choice.AddContent(ProviderContent.Create("cohere", json), plan.Length);
    }
}
