using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// Writes an answer as the blocks that it came in. The API verifies the signatures of reasoning, and expects the results of the
/// provider's own tools.
/// </summary>
/// <remarks>
/// Invariant: <c>_reasoning</c> and <c>_text</c> are not written yet; one of the two is empty. <c>_textStart</c> is the place of
/// <c>_text</c> in the text of the answer.
/// </remarks>
internal sealed class AnthropicAnswerWriter
{
    private readonly List<JsonObject> _blocks = [];
    private readonly StringBuilder _reasoning = new();
    private readonly StringBuilder _text = new();
    private int _textStart;

    private AnthropicAnswerWriter()
    {
    }

    /// <summary>Writes the blocks of an assistant's turn, without the results of function calls.</summary>
    /// <exception cref="ArgumentException">An argument of a function call cannot be converted to JSON.</exception>
    public static List<JsonObject> Write(ConversationTurn turn)
    {
        var writer = new AnthropicAnswerWriter();
        var extras = new Dictionary<string, JsonObject>(StringComparer.Ordinal); // more fields of calls, by id
        foreach (AIContent content in turn.Contents) writer.Write(content, turn.Index, extras);
        writer.EndBlock();
        foreach (JsonObject block in writer._blocks)
        {
            if (block["id"].AsText() is { } id && extras.TryGetValue(id, out JsonObject? extra)) Complete(block, extra);
        }

        return writer._blocks;
    }

    private void Write(AIContent content, int index, Dictionary<string, JsonObject> extras)
    {
        Debug.Assert(_reasoning.Length == 0 || _text.Length == 0, "only one block is open");
        switch (content)
        {
            case TextReasoningContent reasoning:
                EndText();
                _reasoning.Append(reasoning.Text);
                if (!string.IsNullOrEmpty(reasoning.ProtectedData)) EndReasoning(reasoning.ProtectedData);
                break;
            case TextContent text:
                EndReasoning(signature: null);
                _text.Append(text.Text);
                if (text.Annotations is { Count: > 0 } annotations) EndCitedText(annotations);
                break;
            case FunctionCallContent call:
                EndBlock();
                _blocks.Add(AnthropicParts.Call(call, index));
                break;
            case FunctionResultContent:
                break;
            case ErrorContent refusal:
                EndReasoning(signature: null);
                _text.Append(refusal.Message);
                break;
            default:
                EndBlock();
                WriteOther(content, extras);
                break;
        }
    }

    private void WriteOther(AIContent content, Dictionary<string, JsonObject> extras)
    {
        // What a model of another provider sent besides text cannot be sent to this one.
        JsonObject? block = ProviderContent.Read(AnthropicDialect.DialectName, content) ?? RawContent.Read(content);
        if (block is null) return;
        if (block["type"].Is("tool_use") && block["id"].AsText() is { } id) extras[AnthropicParts.ToId(id)] = block;
        else _blocks.Add(block);
    }

    private void EndBlock()
    {
        EndReasoning(signature: null);
        EndText();
    }

    /// <summary>
    /// Writes the reasoning if it has a signature. The API refuses reasoning without one: it is another provider's, or the answer was
    /// truncated.
    /// </summary>
    private void EndReasoning(string? signature)
    {
        if (signature is not null)
            _blocks.Add(new JsonObject { ["type"] = "thinking", ["thinking"] = _reasoning.ToString(), ["signature"] = signature });
        _reasoning.Clear();
    }

    private void EndText()
    {
        AddText(_text.ToString());
        _textStart += _text.Length;
        _text.Clear();
    }

    /// <summary>Writes text that ends with a cited part, which is a separate block. The citations state where it begins.</summary>
    private void EndCitedText(IList<AIAnnotation> annotations)
    {
        var citations = new JsonArray();
        int start = _textStart;
        foreach (AIAnnotation annotation in annotations)
        {
            var content = new AIContent { AdditionalProperties = annotation.AdditionalProperties };
            if (ProviderContent.Read(AnthropicDialect.DialectName, content) is not { } original) continue;
            citations.Add((JsonNode)original);
            if (annotation.AnnotatedRegions?.FirstOrDefault() is TextSpanAnnotatedRegion { StartIndex: { } cited }
                && cited >= _textStart && cited <= _textStart + _text.Length) start = cited;
        }

        if (citations.Count == 0) return;
        string text = _text.ToString();
        AddText(text[..(start - _textStart)]);
        int count = _blocks.Count;
        AddText(text[(start - _textStart)..]);
        if (_blocks.Count > count) _blocks[^1].Add("citations", citations);
        _textStart += text.Length;
        _text.Clear();
    }

    // The API refuses a text that is only white space, such as may come before a call.
    private void AddText(string text)
    {
        if (!string.IsNullOrWhiteSpace(text)) _blocks.Add(AnthropicParts.Text(text));
    }

    private static void Complete(JsonObject block, JsonObject extra)
    {
        foreach ((string name, JsonNode? value) in extra) block.Fill(name, value?.DeepClone());
    }
}
