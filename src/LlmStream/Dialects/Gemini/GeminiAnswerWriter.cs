using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Writes an assistant's message as the parts of a model's turn.</summary>
/// <remarks>
/// Invariant: <c>_signature</c> has come and belongs to the part that follows. Thoughts are not sent back: they are summaries, made
/// for people; the signatures are what the model goes on from.
/// </remarks>
/// <param name="parts">Where they are written to. There may be some of the same turn already.</param>
/// <param name="noSignature">What is given for the signature of a turn's first call where it has none, or null: nothing.</param>
internal sealed class GeminiAnswerWriter(JsonArray parts, string? noSignature)
{
    private string? _signature;

    /// <param name="message">The message.</param>
    /// <param name="index">Its number, for what is said of it.</param>
    /// <param name="names">The names of the functions by the ids of their calls; completed here.</param>
    public void Write(ChatMessage message, int index, Dictionary<string, string> names)
    {
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextReasoningContent reasoning:
                    WriteReasoning(reasoning);
                    break;
                case FunctionCallContent call: // InformationalOnly too: that says whether it is still to be run, not whether it was made
                    names[call.CallId] = call.Name;
                    WriteCall(call, index);
                    break;
                case TextContent { Text.Length: > 0 } text:
                    WriteText(text.Text);
                    break;
                case TextContent or FunctionResultContent or ErrorContent or UsageContent or ToolApprovalRequestContent or ToolApprovalResponseContent:
                    break;
                default:
                    // What a model of another provider said beside its words cannot be said to this one.
                    if (GeminiPartWriter.Write(content, address: null) is { } part) Add(part);
                    break;
            }
        }

        // An answer in text is signed behind its end, on a part that says nothing.
        if (_signature is not null) Add(new JsonObject { ["text"] = "" });
    }

    private void WriteReasoning(TextReasoningContent reasoning)
    {
        // A signature that stands before a thought is the thought's own.
        if (_signature is not null && reasoning.Text.Length > 0) Add(new JsonObject { ["text"] = reasoning.Text, ["thought"] = true });
        if (!GeminiMessageWriter.IsSignature(reasoning.ProtectedData)) return;
        if (_signature is not null) Add(new JsonObject { ["text"] = "" });
        _signature = reasoning.ProtectedData;
    }

    private void WriteText(string text)
    {
        bool goesOn = _signature is null && parts is [.., JsonObject { Count: 1 } last] && last.ContainsKey("text");
        if (goesOn) parts[^1]!["text"] = (string?)parts[^1]!["text"] + text;
        else Add(new JsonObject { ["text"] = text });
    }

    private void WriteCall(FunctionCallContent call, int index)
    {
        var arguments = new JsonObject();
        foreach ((string name, object? value) in call.Arguments ?? new Dictionary<string, object?>(StringComparer.Ordinal))
            arguments[name] = JsonNodes.Convert(value, $"The argument \"{name}\" of a function call in message {index}");
        var written = new JsonObject { ["name"] = call.Name, ["args"] = arguments };
        written.Fill("id", GeminiMessageWriter.IdOf(call.CallId));
        bool isFirst = !parts.Any(part => part is JsonObject other && other.ContainsKey("functionCall"));
        if (isFirst) _signature ??= noSignature;
        Add(new JsonObject { ["functionCall"] = written });
    }

    private void Add(JsonObject part)
    {
        if (_signature is not null) part["thoughtSignature"] = _signature;
        _signature = null;
        parts.Add((JsonNode)part);
    }
}
