using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Writes the <c>input</c> of Responses: messages, function calls, results, and the provider's own items unchanged.</summary>
internal sealed class ResponsesMessageWriter
{
    private readonly JsonArray _items = [];
    private readonly bool _isStored;

    // The ids of calls of custom tools, whose input is plain text. Their results have a different type.
    private readonly HashSet<string> _customCalls = new(StringComparer.Ordinal);

    private ResponsesMessageWriter(bool isStored) => _isStored = isStored;

    /// <param name="conversation">The conversation. Its instructions are not part of the input.</param>
    /// <param name="isStored">Whether the provider stores answers, so that it can find reasoning by its id.</param>
    /// <exception cref="ArgumentException">A message cannot be sent in this format, or none would be sent.</exception>
    public static JsonArray Write(Conversation conversation, bool isStored)
    {
        var writer = new ResponsesMessageWriter(isStored);
        foreach (ConversationTurn turn in conversation.Turns)
        {
            if (turn.IsAssistant) writer.WriteAnswer(turn);
            else writer.WriteParts(turn);
        }

        Conversation.ThrowIfNothingWritten(writer._items);
        return writer._items;
    }

    /// <summary>Writes a message of the user or the system. Results come first: they must directly follow the calls.</summary>
    private void WriteParts(ConversationTurn turn)
    {
        foreach (FunctionResultContent result in turn.Results) _items.Add((JsonNode)WriteResult(result, turn.Index));
        foreach (ToolApprovalResponseContent approval in turn.Approvals) _items.Add((JsonNode)WriteApproval(approval));
        var parts = new JsonArray();
        var items = new List<JsonObject>();
        foreach (AIContent content in turn.Parts)
        {
            JsonObject? raw = RawContent.Read(content);
            // By its type, what the caller wrote is either a part or a separate item, such as an mcp_approval_response.
            if (raw is not null && !TypeOf(raw).StartsWith("input_", StringComparison.Ordinal))
            {
                items.Add(raw);
                continue;
            }

            if (turn.IsTool) throw InvalidRequest.ContentInToolMessage(turn.Index, content);
            JsonObject part = raw ?? ResponsesContents.Write(content) ?? throw InvalidRequest.UnsupportedContent(turn.Index, content);
            parts.Add((JsonNode)part);
        }

        if (parts.Count > 0) _items.Add((JsonNode)new JsonObject { ["role"] = turn.Role.Value, ["content"] = Simplify(parts) });
        foreach (JsonObject item in items) _items.Add((JsonNode)item);
    }

    /// <summary>Writes an answer in the order in which it came: reasoning must come before what it led to.</summary>
    private void WriteAnswer(ConversationTurn turn)
    {
        List<(AIContent Content, JsonObject? Item)> contents =
            [.. turn.Contents.Select(content => (content, ProviderContent.Read(ResponsesOutput.Dialect, content)))];
        foreach ((_, JsonObject? item) in contents)
        {
            if (item is not null && TypeOf(item) == "custom_tool_call" && item["call_id"].AsText() is { } id) _customCalls.Add(id);
        }

        var items = new List<JsonObject>();
        foreach ((AIContent content, JsonObject? item) in contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text:
                    AddPart(items, new JsonObject { ["type"] = "output_text", ["text"] = text.Text });
                    break;
                case ErrorContent refusal:
                    AddPart(items, new JsonObject { ["type"] = "refusal", ["refusal"] = refusal.Message });
                    break;
                case FunctionCallContent call when !_customCalls.Contains(call.CallId):
                    items.Add(WriteCall(call, turn.Index));
                    break;
                case FunctionResultContent result:
                    items.Add(WriteResult(result, turn.Index)); // some applications keep calls and results in one message
                    break;
                default:
                    if (item is not null && CanBeSent(item)) items.Add(item);
                    break;
            }
        }

        // The API refuses reasoning that led to nothing, because its answer was truncated.
        while (items.Count > 0 && IsReasoning(items[^1])) items.RemoveAt(items.Count - 1);
        foreach (JsonObject item in items) _items.Add((JsonNode)item);
    }

    private static JsonObject WriteCall(FunctionCallContent call, int index) => new()
    {
        ["type"] = "function_call",
        ["call_id"] = call.CallId,
        ["name"] = call.Name,
        ["arguments"] = JsonNodes.ToJsonText(ToolArguments.ToJson(call, index)),
    };

    private JsonObject WriteResult(FunctionResultContent result, int index) => new()
    {
        ["type"] = _customCalls.Contains(result.CallId) ? "custom_tool_call_output" : "function_call_output",
        ["call_id"] = result.CallId,
        ["output"] = ToolResults.ToText(result, index),
    };

    private static JsonObject WriteApproval(ToolApprovalResponseContent approval)
    {
        var item = new JsonObject
        {
            ["type"] = "mcp_approval_response", ["approval_request_id"] = approval.RequestId, ["approve"] = approval.Approved,
        };
        if (approval.Reason is { } reason) item["reason"] = reason;
        return item;
    }

    /// <summary>Whether an item can be sent back. Reasoning that the provider does not store must be encrypted.</summary>
    private bool CanBeSent(JsonObject item)
    {
        if (item["status"] is null) item.Remove("status"); // some servers send null, and OpenAI refuses it
        return _isStored || !IsReasoning(item) || item["encrypted_content"] is not null;
    }

    private static bool IsReasoning(JsonObject item) => TypeOf(item) == "reasoning";

    private static string TypeOf(JsonObject item) => item["type"].AsText() ?? "";

    /// <summary>Adds a part to the last message, or to a new one.</summary>
    private static void AddPart(List<JsonObject> items, JsonObject part)
    {
        if (items is [.., { } last] && last["content"] is JsonArray parts && TypeOf(last) == "message") parts.Add((JsonNode)part);
        else items.Add(new JsonObject { ["type"] = "message", ["role"] = "assistant", ["content"] = new JsonArray(part) });
    }

    /// <summary>Replaces parts that are only text by a string, which every server accepts.</summary>
    private static JsonNode Simplify(JsonArray parts) =>
        parts.All(part => part is JsonObject { Count: 2 } text && TypeOf(text) == "input_text" && text.ContainsKey("text"))
            ? string.Join('\n', parts.Select(part => part!["text"].AsText()))
            : parts;
}
