using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>A conversation as a request's <c>messages</c>. The dialects differ in the parts of a message's content.</summary>
/// <param name="reasoningField">The field of what the model thought, or null: not sent.</param>
/// <param name="takesNames">Whether a message may say who speaks.</param>
internal abstract class MessageWriter(string? reasoningField, bool takesNames)
{
    /// <summary>The content of an assistant message that only calls tools.</summary>
    protected abstract JsonNode? NoContent { get; }

    public JsonArray Write(IEnumerable<ChatMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var result = new JsonArray();
        int index = 0;
        foreach (ChatMessage? message in messages)
        {
            if (message is null) throw new ArgumentException($"Message {index} is null. Leave it out.", nameof(messages));
            Write(message, index++, result);
        }

        if (result.Count == 0)
            throw new ArgumentException("There is no message to answer. Give at least one, such as new ChatMessage(ChatRole.User, \"Why is the sky blue?\").", nameof(messages));
        if (!string.IsNullOrEmpty(instructions)) result.Insert(0, new JsonObject { ["role"] = "system", ["content"] = instructions });
        return result;
    }

    /// <summary>A part of a message that has more than text, or null: the dialect has no form for it.</summary>
    protected abstract JsonObject? WritePart(AIContent content);

    /// <summary>Adds to an assistant message what only the dialect knows of. Here: nothing.</summary>
    protected virtual void Complete(JsonObject written, ChatMessage message)
    {
    }

    private void Write(ChatMessage message, int index, JsonArray result)
    {
        var contents = new MessageContents(message, index);
        if (message.Role == ChatRole.Assistant)
        {
            WriteAssistant(message, contents, index, result);
            WriteResults(contents, index, result);
            return;
        }

        // The results answer the calls of the message before, so nothing may come in between.
        WriteResults(contents, index, result);
        bool isSaid = contents.Said.Exists(content => content is not TextContent { Text.Length: 0 });
        if (isSaid && message.Role == ChatRole.Tool)
            throw new ArgumentException($"Message {index} has the role \"tool\" and holds text or data. Give what a tool returned as FunctionResultContent, which says which call it answers.", nameof(message));
        if (isSaid)
        {
            JsonObject written = Begin(message);
            written.Add("content", WriteContent(contents.Said, isAssistant: false, index));
            result.Add((JsonNode)written);
        }
        else if (contents.Results.Count == 0)
        {
            throw new ArgumentException($"Message {index} (\"{message.Role}\") holds nothing that can be sent. Give it text or other content, or leave it out.", nameof(message));
        }
    }

    private void WriteAssistant(ChatMessage message, MessageContents contents, int index, JsonArray result)
    {
        JsonObject written = Begin(message);
        JsonNode? content = WriteContent(contents.Said, isAssistant: true, index);
        bool isSilent = content is null && contents.Calls.Count == 0;
        written.Add("content", content ?? (isSilent ? "" : NoContent));
        int plainCount = written.Count;
        if (reasoningField is not null && contents.Reasoning.Length > 0) written.Add(reasoningField, contents.Reasoning.ToString());
        if (contents.Refusal.Length > 0) written.Add("refusal", contents.Refusal);
        if (contents.Calls.Count > 0) written.Add("tool_calls", new JsonArray([.. contents.Calls.Select(call => WriteCall(call, index))]));
        bool saysSomething = !isSilent || written.Count > plainCount;
        Complete(written, message);

        // What this API has no word for: prefix, partial, cache_control. The values that are no JSON are notes that other
        // parts of the program made on the message, and none of the provider's business.
        foreach ((string name, object? value) in message.AdditionalProperties ?? [])
        {
            if (!written.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) written.Add(name, node);
        }

        // A model may say nothing, and the program keep that as its turn. It adds nothing, and several providers refuse it.
        if (saysSomething || written.Count > plainCount) result.Add((JsonNode)written);
    }

    private static void WriteResults(MessageContents contents, int index, JsonArray result)
    {
        foreach (FunctionResultContent content in contents.Results)
        {
            JsonNode written = new JsonObject
            {
                ["role"] = "tool",
                ["tool_call_id"] = content.CallId,
                ["content"] = ToolResults.ToText(content, index),
            };
            result.Add(written);
        }
    }

    private static JsonObject WriteCall(FunctionCallContent call, int index) => new()
    {
        ["id"] = call.CallId,
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = call.Name,
            // A call whose arguments were no JSON has none here: servers that read them would refuse the whole request.
            ["arguments"] = JsonNodes.ToText(WriteArguments(call, index)),
        },
    };

    /// <summary>The arguments of a call, as an object.</summary>
    public static JsonObject WriteArguments(FunctionCallContent call, int index)
    {
        var arguments = new JsonObject();
        foreach ((string name, object? value) in call.Arguments ?? new Dictionary<string, object?>(StringComparer.Ordinal))
            arguments[name] = JsonNodes.Convert(value, $"The argument \"{name}\" of a function call in message {index}");
        return arguments;
    }

    private JsonObject Begin(ChatMessage message)
    {
        var written = new JsonObject { ["role"] = message.Role.Value };
        if (takesNames && !string.IsNullOrWhiteSpace(message.AuthorName)) written.Add("name", ToName(message.AuthorName));
        return written;
    }

    private JsonNode? WriteContent(List<AIContent> contents, bool isAssistant, int index)
    {
        if (contents.TrueForAll(content => content is TextContent && (isAssistant || content.AdditionalProperties is not { Count: > 0 })))
        {
            // A string, though OpenAI would take a list of parts: DeepSeek and others do not. The texts of an assistant
            // are one text in pieces; anyone else's are several.
            string text = string.Join(isAssistant ? "" : "\n", contents.Cast<TextContent>().Select(content => content.Text).Where(part => part.Length > 0));
            return text.Length == 0 ? null : text;
        }

        var parts = new JsonArray();
        foreach (AIContent content in contents)
        {
            if (content is TextContent { Text.Length: 0 }) continue;
            JsonObject? part = content.GetType() == typeof(AIContent) && content.RawRepresentation is JsonObject raw ? (JsonObject)raw.DeepClone() : WritePart(content);
            if (part is null)
            {
                // What a model of another provider said beside its words cannot be said to this one; what a user says must be.
                if (isAssistant) continue;
                throw new ArgumentException(
                    $"Message {index} holds a {content.GetType().Name}{MediaTypeOf(content)}, for which this API has no form. Leave it out, or give the part as the provider wants it: new AIContent {{ RawRepresentation = new JsonObject {{ … }} }}.",
                    nameof(contents));
            }

            foreach ((string name, object? value) in (isAssistant ? null : content.AdditionalProperties) ?? [])
            {
                if (name is not "detail" && !part.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) part.Add(name, node); // cache_control, max_pixels
            }

            parts.Add((JsonNode)part);
        }

        return parts.Count == 0 ? null : parts;
    }

    public static string MediaTypeOf(AIContent content) => content switch
    {
        DataContent data => $" ({data.MediaType})",
        UriContent uri => $" ({uri.MediaType})",
        _ => "",
    };

    /// <summary>A name that OpenAI takes: at most 64 characters, no white space, none of <c>&lt; | \ / &gt;</c>.</summary>
    private static string ToName(string author)
    {
        var name = new StringBuilder(author.Trim());
        if (name.Length > 64) name.Length = 64;
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsWhiteSpace(name[i]) || name[i] is '<' or '|' or '\\' or '/' or '>') name[i] = '_';
        }

        return name.ToString();
    }
}
