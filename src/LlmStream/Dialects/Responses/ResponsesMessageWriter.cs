using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Chat;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>A conversation as the <c>input</c> of Responses: messages, calls, results, and the provider's own items as they came.</summary>
/// <param name="isStored">Whether the provider keeps answers, and so knows a thought again by its id.</param>
internal sealed class ResponsesMessageWriter(bool isStored)
{
    // The ids of calls of custom tools, whose input is plain text: their results have a type of their own.
    private readonly HashSet<string> _customCalls = new(StringComparer.Ordinal);

    public JsonArray Write(IEnumerable<ChatMessage> messages)
    {
        var result = new JsonArray();
        int index = 0;
        foreach (ChatMessage? message in messages)
        {
            if (message is null) throw new ArgumentException($"Message {index} is null. Leave it out.", nameof(messages));
            int before = result.Count;
            if (message.Role == ChatRole.Assistant) WriteAssistant(message, index, result);
            else WriteOther(message, index, result);
            if (result.Count == before && message.Role != ChatRole.Assistant)
                throw new ArgumentException($"Message {index} (\"{message.Role}\") holds nothing that can be sent. Give it text or other content, or leave it out.", nameof(messages));
            index++;
        }

        if (result.Count == 0)
            throw new ArgumentException("There is no message to answer. Give at least one, such as new ChatMessage(ChatRole.User, \"Why is the sky blue?\").", nameof(messages));
        return result;
    }

    /// <summary>What the user or the program says: results first, since they answer the calls of the message before.</summary>
    private void WriteOther(ChatMessage message, int index, JsonArray result)
    {
        var parts = new JsonArray();
        var items = new List<JsonObject>();
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case FunctionResultContent answer:
                    result.Add((JsonNode)Result(answer, index));
                    break;
                case FunctionCallContent:
                    throw new ArgumentException($"Message {index} (\"{message.Role}\") holds a FunctionCallContent. Only a model calls functions: give it the role assistant.", nameof(message));
                case TextContent { Text.Length: 0 } or ErrorContent or UsageContent or TextReasoningContent or ToolApprovalRequestContent or ToolApprovalResponseContent:
                    break;
                case { RawRepresentation: JsonObject raw } when content.GetType() == typeof(AIContent):
                    // A part by its type, else an item of its own, such as an mcp_approval_response.
                    if (TypeOf(raw).StartsWith("input_", StringComparison.Ordinal)) parts.Add(raw.DeepClone());
                    else items.Add((JsonObject)raw.DeepClone());
                    break;
                default:
                    parts.Add((JsonNode)(ResponsesContents.Write(content) ?? throw NoForm(content, index)));
                    break;
            }
        }

        if (parts.Count > 0 && message.Role == ChatRole.Tool)
            throw new ArgumentException($"Message {index} has the role \"tool\" and holds text or data. Give what a tool returned as FunctionResultContent, which says which call it answers.", nameof(message));
        if (parts.Count > 0) result.Add((JsonNode)new JsonObject { ["role"] = message.Role.Value, ["content"] = Shorten(parts) });
        foreach (JsonObject item in items) result.Add((JsonNode)item);
    }

    /// <summary>What the model said and did, in the order in which it came: a thought has to stand before what it led to.</summary>
    private void WriteAssistant(ChatMessage message, int index, JsonArray result)
    {
        foreach (AIContent content in message.Contents)
        {
            if (ProviderContent.Read(ResponsesOutput.Dialect, content) is { } item && TypeOf(item) == "custom_tool_call" && item["call_id"] is JsonValue id && id.TryGetValue(out string? callId))
                _customCalls.Add(callId);
        }

        var items = new List<JsonObject>();
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text:
                    AddPart(items, new JsonObject { ["type"] = "output_text", ["text"] = text.Text });
                    break;
                case ErrorContent { ErrorCode: RefusalContent.ErrorCode } refusal:
                    AddPart(items, new JsonObject { ["type"] = "refusal", ["refusal"] = refusal.Message });
                    break;
                case FunctionCallContent call when !_customCalls.Contains(call.CallId):
                    items.Add(new JsonObject
                    {
                        ["type"] = "function_call",
                        ["call_id"] = call.CallId,
                        ["name"] = call.Name,
                        ["arguments"] = JsonNodes.ToText(MessageWriter.WriteArguments(call, index)),
                    });
                    break;
                case FunctionResultContent answer:
                    items.Add(Result(answer, index)); // of a program that keeps both in one message
                    break;
                default:
                    if (ProviderContent.Read(ResponsesOutput.Dialect, content) is { } own && MayGoBack(own)) items.Add(own);
                    break;
            }
        }

        // A thought that led to nothing is refused: its answer was cut off.
        while (items.Count > 0 && IsThought(items[^1])) items.RemoveAt(items.Count - 1);
        foreach (JsonObject item in items) result.Add((JsonNode)item);
    }

    private JsonObject Result(FunctionResultContent answer, int index) => new()
    {
        ["type"] = _customCalls.Contains(answer.CallId) ? "custom_tool_call_output" : "function_call_output",
        ["call_id"] = answer.CallId,
        ["output"] = ToolResults.ToText(answer, index),
    };

    /// <summary>A thought that is not kept by the provider is known again by its encrypted text only.</summary>
    private bool MayGoBack(JsonObject item)
    {
        if (item.TryGetPropertyValue("status", out JsonNode? status) && status is null) item.Remove("status"); // some send null, and OpenAI refuses it
        return isStored || !IsThought(item) || item["encrypted_content"] is not null;
    }

    private static bool IsThought(JsonObject item) => TypeOf(item) == "reasoning";

    private static string TypeOf(JsonObject item) => item["type"] is JsonValue type && type.TryGetValue(out string? name) ? name : "";

    /// <summary>Adds a part to the message that the model is saying, or begins one.</summary>
    private static void AddPart(List<JsonObject> items, JsonObject part)
    {
        if (items is [.., { } last] && TypeOf(last) == "message") ((JsonArray)last["content"]!).Add((JsonNode)part);
        else items.Add(new JsonObject { ["type"] = "message", ["role"] = "assistant", ["content"] = new JsonArray(part) });
    }

    /// <summary>Text alone as a string, which every server understands.</summary>
    private static JsonNode Shorten(JsonArray parts) =>
        parts.All(part => part is JsonObject { Count: 2 } plain && TypeOf(plain) == "input_text" && plain.ContainsKey("text"))
            ? string.Join('\n', parts.Select(part => (string?)part!["text"]))
            : parts;

    private static ArgumentException NoForm(AIContent content, int index) => new(
        $"Message {index} holds a {content.GetType().Name}{MessageWriter.MediaTypeOf(content)}, for which this API has no form. Leave it out, or give the part as the provider wants it: new AIContent {{ RawRepresentation = new JsonObject {{ … }} }}.",
        nameof(content));
}
