using System.Diagnostics;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>
/// Writes Ollama's messages: the content is text, images are a separate field, the arguments of a call are an object, and a result
/// names the tool.
/// </summary>
internal sealed class OllamaMessageWriter
{
    private readonly JsonArray _messages = [];
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal); // by the id of the call

    private OllamaMessageWriter()
    {
    }

    /// <exception cref="ArgumentException">A message cannot be sent in this format, or none would be sent.</exception>
    public static JsonArray Write(Conversation conversation)
    {
        var writer = new OllamaMessageWriter();
        foreach (ConversationTurn turn in conversation.Turns)
        {
            // In a message that is not the assistant's, results come first: they must directly follow the message with the calls.
            if (turn.IsAssistant) writer.WriteAssistant(turn);
            writer.WriteResults(turn);
            if (!turn.IsAssistant) writer.WriteParts(turn);
        }

        JsonArray messages = writer._messages;
        Conversation.ThrowIfNothingWritten(messages);
        if (conversation.Instructions is { } instructions) messages.Insert(0, Message("system", instructions));
        return messages;
    }

    private void WriteParts(ConversationTurn turn)
    {
        if (turn.Parts.Count == 0) return;
        var texts = new List<string>();
        var images = new JsonArray();
        foreach (AIContent content in turn.Parts)
        {
            switch (content)
            {
                case TextContent text:
                    texts.Add(text.Text);
                    break;
                case DataContent data when data.HasTopLevelMediaType("image"):
                    images.Add((JsonNode)data.Base64Data.ToString());
                    break;
                case UriContent:
                    throw InvalidRequest.Messages(
                        $"Message {turn.Index} has a link, which Ollama does not follow. "
                        + "Pass the image itself: new DataContent(bytes, \"image/png\").");
                default:
                    throw InvalidRequest.UnsupportedContent(turn.Index, content, "Remove it, or pass the whole body as a JsonObject.");
            }
        }

        JsonObject message = Message(turn.Role.Value, string.Join('\n', texts));
        if (images.Count > 0) message.Add("images", images);
        _messages.Add((JsonNode)message);
    }

    private void WriteAssistant(ConversationTurn turn)
    {
        Debug.Assert(turn.IsAssistant, "only the assistant thinks and calls tools");
        // The texts are pieces of one text. What a model of another provider sent besides text cannot be sent to this one.
        string text = string.Concat(turn.Parts.OfType<TextContent>().Select(part => part.Text));
        JsonObject message = Message("assistant", text);
        int count = message.Count;
        if (turn.Reasoning.Length > 0) message.Add("thinking", turn.Reasoning);
        if (turn.Calls.Count > 0)
        {
            message.Add("tool_calls", new JsonArray([.. turn.Calls.Select(call => WriteCall(call, turn.Index))]));
            foreach (FunctionCallContent call in turn.Calls) _toolNames[call.CallId] = call.Name;
        }

        message.FillProperties(turn.Message.AdditionalProperties);
        if (text.Length > 0 || message.Count > count) _messages.Add((JsonNode)message);
    }

    private void WriteResults(ConversationTurn turn)
    {
        foreach (FunctionResultContent result in turn.Results)
        {
            JsonObject message = Message("tool", ToolResults.ToText(result, turn.Index));
            // The templates of the models tell results apart by this name. Ids were added to the API later.
            if (_toolNames.TryGetValue(result.CallId, out string? name)) message.Add("tool_name", name);
            message.Add("tool_call_id", result.CallId);
            _messages.Add((JsonNode)message);
        }
    }

    private static JsonObject WriteCall(FunctionCallContent call, int index) => new()
    {
        ["id"] = call.CallId, // ignored by older versions
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = ToolArguments.ToJson(call, index) },
    };

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
