using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Chat;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>An answer of the model's as the blocks that it came in, so that the model recognises its own thoughts, and what its tools did.</summary>
/// <param name="index">The message's number, for those who have to be told that something is wrong with it.</param>
internal sealed class AnthropicAnswerWriter(int index)
{
    private readonly List<JsonObject> _blocks = [];
    private readonly StringBuilder _thought = new();
    private readonly StringBuilder _text = new();
    private int _textStart; // where in the answer's text _text begins

    /// <summary>The results of calls that the message holds as well.</summary>
    public List<JsonObject> Results { get; } = [];

    public List<JsonObject> Write(ChatMessage message)
    {
        var extras = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextReasoningContent reasoning:
                    EndText();
                    _thought.Append(reasoning.Text);
                    if (!string.IsNullOrEmpty(reasoning.ProtectedData)) EndThought(reasoning.ProtectedData);
                    break;
                case TextContent text:
                    EndThought(signature: null);
                    _text.Append(text.Text);
                    if (text.Annotations is { Count: > 0 } annotations) EndCitedText(annotations);
                    break;
                case FunctionCallContent call: // InformationalOnly too: that says whether it is still to be run, not whether it was made
                    End();
                    _blocks.Add(AnthropicParts.Call(call, index));
                    break;
                case FunctionResultContent result:
                    Results.Add(AnthropicParts.Result(result, index));
                    break;
                case ErrorContent { ErrorCode: RefusalContent.ErrorCode } refusal:
                    EndThought(signature: null);
                    _text.Append(refusal.Message);
                    break;
                default:
                    End();
                    WriteOther(content, extras);
                    break;
            }
        }

        End();
        foreach (JsonObject block in _blocks)
        {
            if (block["id"] is JsonValue value && value.TryGetValue(out string? id) && extras.TryGetValue(id, out JsonObject? extra)) Complete(block, extra);
        }

        return _blocks;
    }

    private void WriteOther(AIContent content, Dictionary<string, JsonObject> extras)
    {
        // What a model of another provider said beside its words cannot be said to this one.
        JsonObject? block = ProviderContent.Read(AnthropicDialect.DialectName, content)
            ?? (content.GetType() == typeof(AIContent) && content.RawRepresentation is JsonObject raw ? (JsonObject)raw.DeepClone() : null);
        if (block is null) return;
        if (AnthropicParts.HasText(block["type"], "tool_use") && block["id"] is JsonValue id && id.TryGetValue(out string? name)) extras[AnthropicParts.ToId(name)] = block;
        else _blocks.Add(block);
    }

    private void End()
    {
        EndThought(signature: null);
        EndText();
    }

    /// <summary>Thoughts without a signature are not the provider's own, or it has not finished them: it would refuse them.</summary>
    private void EndThought(string? signature)
    {
        if (signature is not null) _blocks.Add(new JsonObject { ["type"] = "thinking", ["thinking"] = _thought.ToString(), ["signature"] = signature });
        _thought.Clear();
    }

    private void EndText()
    {
        AddText(_text.ToString());
        _textStart += _text.Length;
        _text.Clear();
    }

    /// <summary>The citations are of the end of the text: from where they say that it begins.</summary>
    private void EndCitedText(IList<AIAnnotation> annotations)
    {
        var citations = new JsonArray();
        int start = _textStart;
        foreach (AIAnnotation annotation in annotations)
        {
            if (ProviderContent.Read(AnthropicDialect.DialectName, new AIContent { AdditionalProperties = annotation.AdditionalProperties }) is not { } original) continue;
            citations.Add((JsonNode)original);
            if (annotation.AnnotatedRegions?.FirstOrDefault() is TextSpanAnnotatedRegion { StartIndex: { } cited } && cited >= _textStart && cited <= _textStart + _text.Length) start = cited;
        }

        if (citations.Count == 0) return;
        string text = _text.ToString();
        AddText(text[..(start - _textStart)]);
        int before = _blocks.Count;
        AddText(text[(start - _textStart)..]);
        if (_blocks.Count > before) _blocks[^1].Add("citations", citations);
        _textStart += _text.Length;
        _text.Clear();
    }

    // A text of nothing but white space, as there may be before a call, is refused.
    private void AddText(string text)
    {
        if (!string.IsNullOrWhiteSpace(text)) _blocks.Add(AnthropicParts.Text(text));
    }

    private static void Complete(JsonObject block, JsonObject extra)
    {
        foreach ((string name, JsonNode? value) in extra) block.Fill(name, value?.DeepClone());
    }
}
