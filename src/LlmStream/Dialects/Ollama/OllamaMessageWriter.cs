using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>
/// Messages as Ollama has them: the content is text, images stand beside it, the arguments of a call are an object, and what a tool
/// returned names the tool.
/// </summary>
internal static class OllamaMessageWriter
{
    public static JsonArray Write(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var result = new JsonArray();
        if (!string.IsNullOrEmpty(instructions)) result.Add((JsonNode)Message("system", instructions));
        int plainCount = result.Count;
        var tools = new Dictionary<string, string>(StringComparer.Ordinal); // the names of the calls, by id
        int index = 0;
        foreach (ChatMessage? message in messages)
        {
            if (message is null) throw new ArgumentException($"Message {index} is null. Leave it out.", nameof(messages));
            Write(message, index++, tools, result);
        }

        if (result.Count == plainCount)
            throw new ArgumentException("There is no message to answer. Give at least one, such as new ChatMessage(ChatRole.User, \"Why is the sky blue?\").", nameof(messages));
        return result;
    }

    private static void Write(ChatMessage message, int index, Dictionary<string, string> tools, JsonArray result)
    {
        var contents = new MessageContents(message, index);
        if (message.Role == ChatRole.Assistant)
        {
            WriteAssistant(message, contents, index, tools, result);
            WriteResults(contents, index, tools, result);
            return;
        }

        // The results answer the calls of the message before, so nothing may come in between.
        WriteResults(contents, index, tools, result);
        bool isSaid = contents.Said.Exists(content => content is not TextContent { Text.Length: 0 });
        if (isSaid && message.Role == ChatRole.Tool)
            throw new ArgumentException($"Message {index} has the role \"tool\" and holds text or data. Give what a tool returned as FunctionResultContent, which says which call it answers.", nameof(message));
        if (isSaid) WriteSaid(message.Role.Value, contents.Said, index, result);
        else if (contents.Results.Count == 0)
            throw new ArgumentException($"Message {index} (\"{message.Role}\") holds nothing that can be sent. Give it text or other content, or leave it out.", nameof(message));
    }

    private static void WriteSaid(string role, List<AIContent> said, int index, JsonArray result)
    {
        var texts = new List<string>();
        var images = new JsonArray();
        foreach (AIContent content in said)
        {
            switch (content)
            {
                case TextContent text:
                    if (text.Text.Length > 0) texts.Add(text.Text);
                    break;
                case DataContent data when data.HasTopLevelMediaType("image"):
                    images.Add((JsonNode)data.Base64Data.ToString());
                    break;
                case UriContent:
                    throw new ArgumentException($"Message {index} holds a link, and Ollama fetches nothing. Give the image itself: new DataContent(bytes, \"image/png\").", nameof(said));
                default:
                    string mediaType = content is DataContent other ? $" ({other.MediaType})" : "";
                    throw new ArgumentException($"Message {index} holds a {content.GetType().Name}{mediaType}, for which this API has no form: it takes text and images. Leave it out, or send a JsonObject.", nameof(said));
            }
        }

        JsonObject written = Message(role, string.Join('\n', texts));
        if (images.Count > 0) written.Add("images", images);
        result.Add((JsonNode)written);
    }

    private static void WriteAssistant(ChatMessage message, MessageContents contents, int index, Dictionary<string, string> tools, JsonArray result)
    {
        // The texts are one text in pieces. What another provider's model said beside its words cannot be said to this one.
        JsonObject written = Message("assistant", string.Concat(contents.Said.OfType<TextContent>().Select(text => text.Text)));
        bool isSilent = contents.Calls.Count == 0 && (string?)written["content"] is "";
        int plainCount = written.Count;
        if (contents.Reasoning.Length > 0) written.Add("thinking", contents.Reasoning.ToString());
        if (contents.Calls.Count > 0)
        {
            var calls = new JsonArray();
            foreach (FunctionCallContent call in contents.Calls)
            {
                tools[call.CallId] = call.Name;
                calls.Add((JsonNode)WriteCall(call, index));
            }

            written.Add("tool_calls", calls);
        }

        foreach ((string name, object? value) in message.AdditionalProperties ?? [])
        {
            if (!written.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) written.Add(name, node);
        }

        if (!isSilent || written.Count > plainCount) result.Add((JsonNode)written);
    }

    private static JsonObject WriteCall(FunctionCallContent call, int index) => new()
    {
        ["id"] = call.CallId, // which older versions pass over
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = MessageWriter.WriteArguments(call, index) },
    };

    private static void WriteResults(MessageContents contents, int index, Dictionary<string, string> tools, JsonArray result)
    {
        foreach (FunctionResultContent content in contents.Results)
        {
            JsonObject written = Message("tool", ToolResults.ToText(content, index));
            // By the name the model's template tells the results apart; the id came later.
            if (tools.TryGetValue(content.CallId, out string? name)) written.Add("tool_name", name);
            written.Add("tool_call_id", content.CallId);
            result.Add((JsonNode)written);
        }
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
