using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>
/// Writes a conversation as <c>messages</c> of the form <c>{role, content, tool_calls}</c>, which several formats share. The formats
/// differ in the parts of a content.
/// </summary>
/// <param name="reasoningField">The field for the model's reasoning, or null: reasoning is not sent.</param>
/// <param name="takesNames">Whether a message may name its author.</param>
internal abstract class MessageWriter(string? reasoningField, bool takesNames)
{
    private const int MaxNameLength = 64;

    /// <summary>The content of an assistant message that only calls tools.</summary>
    protected abstract JsonNode? NoContent { get; }

    /// <exception cref="ArgumentException">A message cannot be sent in this format, or none would be sent.</exception>
    public JsonArray Write(Conversation conversation)
    {
        var messages = new JsonArray();
        foreach (ConversationTurn turn in conversation.Turns)
        {
            // In a message that is not the assistant's, results come first: they must directly follow the message with the calls.
            if (turn.IsAssistant) WriteAssistant(turn, messages);
            WriteResults(turn, messages);
            if (!turn.IsAssistant) WriteParts(turn, messages);
        }

        Conversation.ThrowIfNothingWritten(messages);
        if (conversation.Instructions is { } instructions)
            messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = instructions });
        return messages;
    }

    /// <summary>Writes a part of a content that is not only text; null if the format has no equivalent.</summary>
    protected abstract JsonObject? WritePart(AIContent content);

    /// <summary>Adds the fields of an assistant message that only this format has. The default adds none.</summary>
    protected virtual void Complete(JsonObject message, ConversationTurn turn)
    {
    }

    private void WriteParts(ConversationTurn turn, JsonArray messages)
    {
        if (turn.Parts.Count == 0) return;
        if (turn.IsTool) throw InvalidRequest.ContentInToolMessage(turn.Index, turn.Parts[0]);
        JsonObject message = Begin(turn);
        message.Add("content", WriteContent(turn));
        messages.Add((JsonNode)message);
    }

    private void WriteAssistant(ConversationTurn turn, JsonArray messages)
    {
        JsonObject message = Begin(turn);
        JsonNode? content = WriteContent(turn);
        bool isEmpty = content is null && turn.Calls.Count == 0;
        message.Add("content", content ?? (isEmpty ? "" : NoContent));
        int count = message.Count;
        if (reasoningField is not null && turn.Reasoning.Length > 0) message.Add(reasoningField, turn.Reasoning);
        if (turn.Refusal.Length > 0) message.Add("refusal", turn.Refusal);
        if (turn.Calls.Count > 0) message.Add("tool_calls", new JsonArray([.. turn.Calls.Select(call => WriteCall(call, turn.Index))]));
        isEmpty &= message.Count == count;
        Complete(message, turn);
        message.FillProperties(turn.Message.AdditionalProperties); // such as prefix, partial, cache_control

        // An answer may be empty and still be part of the history. It is left out: it has no effect, and some servers refuse it.
        if (!isEmpty || message.Count > count) messages.Add((JsonNode)message);
    }

    private static void WriteResults(ConversationTurn turn, JsonArray messages)
    {
        foreach (FunctionResultContent result in turn.Results)
        {
            JsonNode message = new JsonObject
            {
                ["role"] = "tool",
                ["tool_call_id"] = result.CallId,
                ["content"] = ToolResults.ToText(result, turn.Index),
            };
            messages.Add(message);
        }
    }

    private static JsonObject WriteCall(FunctionCallContent call, int index) => new()
    {
        ["id"] = call.CallId,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = JsonNodes.ToJsonText(ToolArguments.ToJson(call, index)) },
    };

    private JsonObject Begin(ConversationTurn turn)
    {
        var message = new JsonObject { ["role"] = turn.Role.Value };
        if (takesNames && !string.IsNullOrWhiteSpace(turn.Message.AuthorName)) message.Add("name", ToName(turn.Message.AuthorName));
        return message;
    }

    private JsonNode? WriteContent(ConversationTurn turn)
    {
        if (turn.Parts.Count == 0) return null;
        if (turn.Parts is [TextContent { AdditionalProperties: null } only]) return only.Text;
        if (turn.Parts.All(part => part is TextContent && (turn.IsAssistant || part.AdditionalProperties is not { Count: > 0 })))
        {
            // Text alone is a string: some servers do not accept a list of parts. The texts of an assistant are pieces of one text.
            return string.Join(turn.IsAssistant ? "" : "\n", turn.Parts.Cast<TextContent>().Select(part => part.Text));
        }

        var written = new JsonArray();
        foreach (AIContent content in turn.Parts)
        {
            JsonObject? part = RawContent.Read(content) ?? WritePart(content);
            if (part is null)
            {
                // What a model of another provider sent besides text cannot be sent to this one. What a user sends must not get lost.
                if (turn.IsAssistant) continue;
                throw InvalidRequest.UnsupportedContent(turn.Index, content);
            }

            // Such as cache_control, max_pixels. The detail of an image is not a field of the part: see WritePart.
            if (!turn.IsAssistant) part.FillProperties(content.AdditionalProperties?.Where(property => property.Key is not "detail"));
            written.Add((JsonNode)part);
        }

        return written.Count == 0 ? null : written;
    }

    /// <summary>A name that servers accept: at most 64 characters, without white space and <c>&lt; | \ / &gt;</c>.</summary>
    private static string ToName(string author)
    {
        var name = new StringBuilder(author.Trim());
        if (name.Length > MaxNameLength) name.Length = MaxNameLength;
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsWhiteSpace(name[i]) || name[i] is '<' or '|' or '\\' or '/' or '>') name[i] = '_';
        }

        return name.ToString();
    }
}
