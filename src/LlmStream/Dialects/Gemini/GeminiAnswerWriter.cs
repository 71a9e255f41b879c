using System.Diagnostics;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Writes an assistant's message as parts of a model's turn.</summary>
/// <remarks>
/// Invariant: <c>_signature</c> was read and belongs to the next part. Reasoning itself is not sent back: it is a summary for people;
/// the model uses the signatures.
/// </remarks>
internal sealed class GeminiAnswerWriter
{
    private readonly JsonArray _parts;
    private string? _signature;

    private GeminiAnswerWriter(JsonArray parts) => _parts = parts;

    /// <param name="turn">The assistant's turn.</param>
    /// <param name="parts">Where the parts are added. It may have parts of an earlier message of the same turn.</param>
    /// <param name="missingSignature">The signature of the turn's first call if it has none, or null: it is left out.</param>
    /// <exception cref="ArgumentException">An argument of a function call cannot be converted to JSON.</exception>
    public static void Write(ConversationTurn turn, JsonArray parts, string? missingSignature)
    {
        var writer = new GeminiAnswerWriter(parts);
        foreach (AIContent content in turn.Contents)
        {
            switch (content)
            {
                case TextReasoningContent reasoning:
                    writer.WriteReasoning(reasoning);
                    break;
                case FunctionCallContent call:
                    writer.WriteCall(call, turn.Index, missingSignature);
                    break;
                case TextContent { Text.Length: > 0 } text:
                    writer.WriteText(text.Text);
                    break;
                case TextContent or FunctionResultContent or ErrorContent:
                    break;
                default:
                    // What a model of another provider sent besides text cannot be sent to this one.
                    if (GeminiPartWriter.Write(content, address: null) is { } part) writer.Add(part);
                    break;
            }
        }

        // The signature of an answer that is only text comes after its end, in a part with an empty text.
        if (writer._signature is not null) writer.Add(EmptyText());
        Debug.Assert(writer._signature is null, "every signature is written");
    }

    private void WriteReasoning(TextReasoningContent reasoning)
    {
        // A signature before reasoning belongs to the reasoning.
        if (_signature is not null && reasoning.Text.Length > 0) Add(new JsonObject { ["text"] = reasoning.Text, ["thought"] = true });
        if (!GeminiMessageWriter.IsSignature(reasoning.ProtectedData)) return;
        if (_signature is not null) Add(EmptyText());
        _signature = reasoning.ProtectedData;
    }

    private void WriteText(string text)
    {
        bool continues = _signature is null && _parts is [.., JsonObject { Count: 1 } last] && last.ContainsKey("text");
        if (continues) _parts[^1]!["text"] = (string?)_parts[^1]!["text"] + text;
        else Add(new JsonObject { ["text"] = text });
    }

    private void WriteCall(FunctionCallContent call, int index, string? missingSignature)
    {
        var written = new JsonObject { ["name"] = call.Name, ["args"] = ToolArguments.ToJson(call, index) };
        written.Fill("id", GeminiMessageWriter.IdOf(call.CallId));
        bool isFirst = !_parts.Any(part => part is JsonObject other && other.ContainsKey("functionCall"));
        if (isFirst) _signature ??= missingSignature;
        Add(new JsonObject { ["functionCall"] = written });
    }

    private void Add(JsonObject part)
    {
        if (_signature is not null) part["thoughtSignature"] = _signature;
        _signature = null;
        _parts.Add((JsonNode)part);
    }

    private static JsonObject EmptyText() => new() { ["text"] = "" };
}
