using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.OpenAI;

/// <summary>Reads the <c>messages</c> of OpenAI's Chat Completions.</summary>
internal static class OpenAIMessageReader
{
    /// <summary>Reads the messages. Those without any content are left out, except the user's, which are not valid.</summary>
    /// <param name="messages">The array.</param>
    /// <param name="conversation">Receives the messages of the user, the assistant, and tools.</param>
    /// <param name="systemMessages">Receives the messages of the system and the developer.</param>
    /// <exception cref="InvalidRelayRequestException">A message is not valid.</exception>
    public static void Read(JsonField messages, List<ChatMessage> conversation, List<ChatMessage> systemMessages)
    {
        foreach (JsonField message in messages.Items())
        {
            ChatMessage read = message["role"].Text() switch
            {
                "user" => new(ChatRole.User, ReadUser(message["content"])),
                "assistant" => new(ChatRole.Assistant, ReadAssistant(message)),
                "tool" => new(ChatRole.Tool, [new FunctionResultContent(message["tool_call_id"].Text(), ReadText(message["content"]))]),
                "system" or "developer" => new(ChatRole.System, ReadText(message["content"])),
                _ => throw message["role"].Invalid("must be \"user\", \"assistant\", \"tool\", \"system\" or \"developer\""),
            };
            read.AuthorName = message["name"].OptionalText();
            List<ChatMessage> target = read.Role == ChatRole.System ? systemMessages : conversation;
            if (read.Contents.Any(content => content is not TextContent { Text.Length: 0 })) target.Add(read);
        }
    }

    private static List<AIContent> ReadUser(JsonField content)
    {
        List<AIContent> contents = content.IsArray
            ? [.. content.Items().Select(OpenAIPartReader.Read)]
            : [new TextContent(content.Text())];
        contents.RemoveAll(part => part is TextContent { Text.Length: 0 });
        return contents.Count > 0 ? contents : throw content.Invalid("must not be empty");
    }

    private static List<AIContent> ReadAssistant(JsonField message)
    {
        var contents = new List<AIContent>();
        JsonField reasoning = message["reasoning_content"].IsPresent ? message["reasoning_content"] : message["reasoning"];
        if (reasoning.OptionalText() is { Length: > 0 } thought) contents.Add(new TextReasoningContent(thought));
        if (message["content"].IsArray) contents.AddRange(message["content"].Items().Select(ReadAssistantPart));
        else if (message["content"].OptionalText() is { Length: > 0 } text) contents.Add(new TextContent(text));
        contents.AddRange(message["tool_calls"].Items().Select(ReadCall));
        if (message["refusal"].OptionalText() is { Length: > 0 } refusal) contents.Add(Refusal(refusal));
        return contents;
    }

    private static AIContent ReadAssistantPart(JsonField part) => part["type"].Text() switch
    {
        "text" => new TextContent(part["text"].Text()),
        "refusal" => Refusal(part["refusal"].Text()),
        _ => throw part["type"].Invalid("must be \"text\" or \"refusal\""),
    };

    // As Microsoft.Extensions.AI.OpenAI represents it.
    private static ErrorContent Refusal(string text) => new(text) { ErrorCode = "Refusal" };

    private static FunctionCallContent ReadCall(JsonField call)
    {
        string id = call["id"].Text(), name = call["function"]["name"].Text();
        if (name.Length == 0) throw call["function"]["name"].Invalid("must not be empty");
        return FunctionCallContent.CreateFromParsedArguments(call["function"]["arguments"].OptionalText() ?? "", id, name, ParseArguments);
    }

    /// <summary>Parses arguments as the model wrote them. If they are not a JSON object, the content carries the exception.</summary>
    private static Dictionary<string, object?> ParseArguments(string text)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(text)) return arguments;
        using JsonDocument document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("The arguments are not a JSON object.");
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value.Clone();
        return arguments;
    }

    /// <summary>The text of a message that has only text: a string, or a list of parts.</summary>
    private static string ReadText(JsonField content)
    {
        if (!content.IsArray) return content.Text();
        return string.Concat(content.Items().Select(part =>
            part["type"].Text() == "text" ? part["text"].Text() : throw part["type"].Invalid("must be \"text\"")));
    }
}
