using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// A conversation as Anthropic has it: what the system says stands apart, user and assistant take turns, and what a tool
/// returned is said by the user.
/// </summary>
internal sealed class AnthropicMessageWriter
{
    private readonly JsonArray _system = [];
    private readonly JsonArray _messages = [];

    /// <summary>Writes it.</summary>
    /// <returns>The messages, and the blocks of what the system says.</returns>
    /// <exception cref="ArgumentException">There is none to be answered, or one cannot be sent.</exception>
    public (JsonArray Messages, JsonArray System) Write(IEnumerable<ChatMessage> messages, string? instructions)
    {
        if (!string.IsNullOrEmpty(instructions)) _system.Add((JsonNode)AnthropicParts.Text(instructions));
        int index = 0;
        foreach (ChatMessage? message in messages)
        {
            if (message is null) throw new ArgumentException($"Message {index} is null. Leave it out.", nameof(messages));
            Write(message, index++);
        }

        if (_messages.Count == 0)
            throw new ArgumentException("There is no message to answer. Give at least one, such as new ChatMessage(ChatRole.User, \"Why is the sky blue?\").", nameof(messages));
        TrimPrefill();
        foreach (JsonNode? message in _messages) Simplify((JsonObject)message!);
        return (_messages, _system);
    }

    private void Write(ChatMessage message, int index)
    {
        if (message.Role == ChatRole.Assistant)
        {
            var writer = new AnthropicAnswerWriter(index);
            AddTurn("assistant", writer.Write(message));
            AddResults(writer.Results);
            return;
        }

        List<JsonObject> results = [], said = [];
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case FunctionResultContent result:
                    results.Add(AnthropicParts.Result(result, index));
                    break;
                case FunctionCallContent:
                    throw new ArgumentException($"Message {index} (\"{message.Role}\") holds a FunctionCallContent. Only a model calls functions: give it the role assistant.", nameof(message));
                // What the model thought, an account of how an earlier answer went, a question of the program to its user: nothing that a user says.
                case TextReasoningContent or ErrorContent or UsageContent or ToolApprovalRequestContent or ToolApprovalResponseContent or TextContent { Text.Length: 0 }:
                    break;
                default:
                    said.Add(AnthropicParts.Said(content, index));
                    break;
            }
        }

        if (said.Count > 0 && message.Role == ChatRole.Tool)
            throw new ArgumentException($"Message {index} has the role \"tool\" and holds text or data. Give what a tool returned as FunctionResultContent, which says which call it answers.", nameof(message));
        if (said.Count == 0 && results.Count == 0)
            throw new ArgumentException($"Message {index} (\"{message.Role}\") holds nothing that can be sent. Give it text or other content, or leave it out.", nameof(message));

        AddResults(results);
        if (message.Role == ChatRole.System)
        {
            foreach (JsonObject block in said) _system.Add((JsonNode)block);
        }
        else AddTurn("user", said);
    }

    /// <summary>The results answer the calls of the turn before, so nothing the user says may come before them.</summary>
    private void AddResults(List<JsonObject> results)
    {
        if (results.Count == 0) return;
        JsonArray turn = TurnOf("user");
        int place = 0;
        while (place < turn.Count && AnthropicParts.IsResult(turn[place])) place++;
        foreach (JsonObject result in results) turn.Insert(place++, result);
    }

    private void AddTurn(string role, List<JsonObject> blocks)
    {
        if (blocks.Count == 0) return; // a model may say nothing, and the program keep that as its turn
        JsonArray turn = TurnOf(role);
        foreach (JsonObject block in blocks) turn.Add((JsonNode)block);
    }

    /// <summary>The content of the last message if it is of this role, else of a new one: roles alternate.</summary>
    private JsonArray TurnOf(string role)
    {
        if (_messages is [.., JsonObject last] && string.Equals((string?)last["role"], role, StringComparison.Ordinal)) return (JsonArray)last["content"]!;
        var content = new JsonArray();
        _messages.Add((JsonNode)new JsonObject { ["role"] = role, ["content"] = content });
        return content;
    }

    /// <summary>An answer that the model is to go on with may not end in white space.</summary>
    private void TrimPrefill()
    {
        if (_messages[^1] is JsonObject last && string.Equals((string?)last["role"], "assistant", StringComparison.Ordinal)
            && last["content"] is JsonArray and [.., JsonObject block] && block["text"] is JsonValue value && value.TryGetValue(out string? text)) block["text"] = text.TrimEnd();
    }

    /// <summary>A text alone needs no list.</summary>
    private static void Simplify(JsonObject message)
    {
        if (message["content"] is JsonArray and [JsonObject { Count: 2 } only] && only["text"] is JsonValue text) message["content"] = text.DeepClone();
    }
}
