using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Interactions;

/// <summary>
/// Writes the <c>input</c> of an interaction: steps (googleapis/python-genai, types/*_step_param.py). Those of an answer are sent back in
/// the order in which they came, with their signatures.
/// </summary>
/// <remarks>Invariant: <c>_thought</c> is the text of reasoning that has no signature yet, and is sent only if one follows.</remarks>
internal sealed class InteractionsMessageWriter
{
    private readonly JsonArray _steps = [];
    private readonly List<string> _instructions = [];
    private readonly Dictionary<string, string> _functionNames = new(StringComparer.Ordinal); // by the id of the call
    private readonly Uri _address;
    private string _thought = "";

    private InteractionsMessageWriter(Uri address) => _address = address;

    /// <param name="conversation">The conversation.</param>
    /// <param name="address">The base address of uploaded files.</param>
    /// <exception cref="ArgumentException">A message cannot be sent in this format, or none would be sent.</exception>
    public static (JsonArray Steps, string? Instruction) Write(Conversation conversation, Uri address)
    {
        var writer = new InteractionsMessageWriter(address);
        if (conversation.Instructions is { } instructions) writer._instructions.Add(instructions);
        foreach (ConversationTurn turn in conversation.Turns)
        {
            if (turn.IsAssistant) writer.WriteAnswer(turn);
            foreach (FunctionResultContent result in turn.Results) writer.WriteResult(result, turn.Index);
            if (turn.Role == ChatRole.System || turn.Role.Value is "developer") writer.WriteInstruction(turn);
            else if (!turn.IsAssistant) writer.WriteParts(turn);
        }

        Conversation.ThrowIfNothingWritten(writer._steps);
        return (writer._steps, writer._instructions.Count == 0 ? null : string.Join("\n\n", writer._instructions));
    }

    private void WriteInstruction(ConversationTurn turn)
    {
        if (turn.Parts.FirstOrDefault(part => part is not TextContent) is { } part)
            throw InvalidRequest.UnsupportedContent(turn.Index, part, "A system message can only contain text.");
        string text = string.Concat(turn.Parts.Cast<TextContent>().Select(part => part.Text));
        if (text.Length > 0) _instructions.Add(text);
    }

    private void WriteParts(ConversationTurn turn)
    {
        var parts = new JsonArray();
        foreach (AIContent content in turn.Parts)
        {
            JsonObject part = InteractionsContents.Write(content, _address)
                ?? throw InvalidRequest.UnsupportedContent(turn.Index, content);
            part.FillProperties(content.AdditionalProperties); // such as resolution
            parts.Add((JsonNode)part);
        }

        if (parts.Count > 0) Add("user_input", parts);
    }

    private void WriteResult(FunctionResultContent result, int index)
    {
        var step = new JsonObject { ["type"] = "function_result", ["call_id"] = result.CallId };
        if (_functionNames.TryGetValue(result.CallId, out string? name)) step["name"] = name;
        step["result"] = ToolResults.ToText(result, index);
        if (result.Exception is not null) step["is_error"] = true;
        _steps.Add((JsonNode)step);
    }

    private void WriteAnswer(ConversationTurn turn)
    {
        _thought = "";
        Dictionary<string, string> signatures = new(StringComparer.Ordinal);
        foreach (JsonObject kept in turn.Contents.Select(KeptOf).OfType<JsonObject>().Where(IsCallSignature))
            signatures[kept["id"].AsText() ?? ""] = kept["signature"].AsText() ?? "";
        foreach (AIContent content in turn.Contents)
        {
            switch (content)
            {
                case TextReasoningContent reasoning:
                    WriteReasoning(reasoning);
                    break;
                case FunctionCallContent call:
                    WriteCall(call, turn.Index, signatures);
                    break;
                case TextContent { Text.Length: > 0 } or DataContent or UriContent:
                    WriteOutput(content);
                    break;
                // What a model of another provider sent besides text cannot be sent to this one.
                case var _ when KeptOf(content) is { } step && !IsCallSignature(step):
                    _steps.Add((JsonNode)step);
                    break;
            }
        }
    }

    private void WriteReasoning(TextReasoningContent reasoning)
    {
        _thought += reasoning.Text;
        if (string.IsNullOrEmpty(reasoning.ProtectedData)) return;
        var step = new JsonObject { ["type"] = "thought", ["signature"] = reasoning.ProtectedData };
        if (_thought.Length > 0) step["summary"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = _thought });
        _thought = "";
        _steps.Add((JsonNode)step);
    }

    private void WriteCall(FunctionCallContent call, int index, Dictionary<string, string> signatures)
    {
        _functionNames[call.CallId] = call.Name;
        var step = new JsonObject
        {
            ["type"] = "function_call", ["id"] = call.CallId, ["name"] = call.Name, ["arguments"] = ToolArguments.ToJson(call, index),
        };
        if (signatures.TryGetValue(call.CallId, out string? signature)) step["signature"] = signature;
        _steps.Add((JsonNode)step);
    }

    /// <summary>Adds a content to the last step, if that is output of the model too. Pieces of text are one content.</summary>
    private void WriteOutput(AIContent content)
    {
        JsonObject part = InteractionsContents.Write(content, _address)!;
        if (_steps is not [.., JsonObject last] || !last["type"].Is("model_output") || last["content"] is not JsonArray parts)
            Add("model_output", new JsonArray(part));
        else if (content is TextContent text && parts is [.., JsonObject { Count: 2 } end] && end["type"].Is("text"))
            end["text"] = end["text"].AsText() + text.Text;
        else parts.Add((JsonNode)part);
    }

    private void Add(string type, JsonArray content) => _steps.Add((JsonNode)new JsonObject { ["type"] = type, ["content"] = content });

    private static JsonObject? KeptOf(AIContent content) => ProviderContent.Read(InteractionsSteps.Dialect, content);

    private static bool IsCallSignature(JsonObject kept) => kept["type"].Is(InteractionsSteps.CallSignature);
}
