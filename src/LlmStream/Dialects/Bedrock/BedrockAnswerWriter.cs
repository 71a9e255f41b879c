using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// Writes an answer as the blocks that it came in. The API verifies the signatures of reasoning, and expects the results of the
/// provider's own tools.
/// </summary>
/// <remarks>
/// Invariant: <c>_reasoning</c> and <c>_text</c> are not written yet; one of the two is empty. <c>_textStart</c> is the place of
/// <c>_text</c> in the text of the answer.
/// </remarks>
internal sealed class BedrockAnswerWriter
{
    private readonly List<JsonObject> _blocks = [];
    private readonly StringBuilder _reasoning = new();
    private readonly StringBuilder _text = new();
    private int _textStart;

    private BedrockAnswerWriter()
    {
    }

    /// <summary>Writes the blocks of an assistant's turn, without the results of function calls.</summary>
    /// <exception cref="ArgumentException">An argument of a function call cannot be converted to JSON.</exception>
    public static List<JsonObject> Write(ConversationTurn turn)
    {
        var writer = new BedrockAnswerWriter();
        foreach (AIContent content in turn.Contents) writer.Write(content, turn.Index);
        writer.EndText();
        return writer._blocks;
    }

    private void Write(AIContent content, int index)
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
                _reasoning.Clear();
                _text.Append(text.Text);
                if (text.Annotations is { Count: > 0 } annotations) EndCitedText(annotations);
                break;
            case FunctionCallContent call:
                EndText();
                _blocks.Add(BedrockParts.Call(call, index));
                break;
            case FunctionResultContent:
                break;
            case ErrorContent refusal:
                _reasoning.Clear();
                _text.Append(refusal.Message);
                break;
            default:
                EndText();
                if (BedrockParts.ReadBack(content) is { } block) _blocks.Add(block);
                break;
        }
    }

    /// <summary>Writes signed reasoning. Without a signature it is another provider's, or was cut off, and would be refused.</summary>
    private void EndReasoning(string signature)
    {
        _blocks.Add(new JsonObject
        {
            ["reasoningContent"] = new JsonObject
            {
                ["reasoningText"] = new JsonObject { ["text"] = _reasoning.ToString(), ["signature"] = signature },
            },
        });
        _reasoning.Clear();
    }

    private void EndText()
    {
        _reasoning.Clear();
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
            if (ProviderContent.Read(BedrockDialect.DialectName, content) is not { } original) continue;
            citations.Add((JsonNode)original);
            if (annotation.AnnotatedRegions?.FirstOrDefault() is TextSpanAnnotatedRegion { StartIndex: { } cited }
                && cited >= _textStart && cited <= _textStart + _text.Length) start = cited;
        }

        if (citations.Count == 0) return;
        string text = _text.ToString(), citedText = text[(start - _textStart)..];
        AddText(text[..(start - _textStart)]);
        if (!string.IsNullOrWhiteSpace(citedText))
        {
            _blocks.Add(new JsonObject
            {
                ["citationsContent"] = new JsonObject
                {
                    ["content"] = new JsonArray(BedrockParts.Text(citedText)), ["citations"] = citations,
                },
            });
        }

        _textStart += text.Length;
        _text.Clear();
    }

    // The API refuses a text that is only white space, such as may come before a call.
    private void AddText(string text)
    {
        if (!string.IsNullOrWhiteSpace(text)) _blocks.Add(BedrockParts.Text(text));
    }
}
