using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.AgUI;

/// <summary>Reads the messages of AG-UI as those of Microsoft.Extensions.AI.</summary>
/// <remarks>
/// Invariant: <c>_reasoning</c> was read and belongs to the next message of the assistant, because AG-UI has reasoning as a message before
/// it.
/// </remarks>
internal sealed class AgUIConversationReader
{
    private readonly List<ChatMessage> _messages = [];
    private readonly List<ChatMessage> _systemMessages = [];
    private readonly List<AIContent> _reasoning = [];

    public IReadOnlyList<ChatMessage> SystemMessages => _systemMessages;

    /// <summary>Adds a message.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public void Add(RequestValue message)
    {
        if (!message.IsObject) throw message.Invalid("It must be an object.");
        string role = message.String("role");
        switch (role)
        {
            case "assistant":
                AddAssistant(message);
                break;
            case "reasoning":
                AddReasoning(message);
                break;
            case "user":
                EndReasoning();
                List<AIContent> contents = AgUIContentReader.Read(message);
                if (contents.Count == 0) throw message.Invalid("The message is empty.");
                Add(_messages, ChatRole.User, contents, message);
                break;
            case "tool":
                EndReasoning();
                Add(_messages, ChatRole.Tool, [ReadResult(message)], message);
                break;
            case "system" or "developer":
                Add(_systemMessages, ChatRole.System, [new TextContent(message.String("content"))], message);
                break;
            case "activity": // shown to people only
                break;
            default:
                throw message.Invalid($"The role \"{role}\" is unknown.");
        }
    }

    /// <summary>The messages without those of the system.</summary>
    public IReadOnlyList<ChatMessage> ToMessages()
    {
        EndReasoning();
        AnswerCalls();
        return _messages;
    }

    private void AddAssistant(RequestValue message)
    {
        List<AIContent> contents = [.. _reasoning];
        _reasoning.Clear();
        if (message.TryGet("content", out _)) contents.AddRange(AgUIContentReader.Read(message));
        AddSignature(contents, message);
        if (message.TryGet("toolCalls", out RequestValue calls))
        {
            foreach (RequestValue call in calls.Items())
            {
                AddSignature(contents, call);
                contents.Add(ReadCall(call));
            }
        }

        // A run that failed or was canceled at once leaves an empty message.
        if (contents.Count > 0) Add(_messages, ChatRole.Assistant, contents, message);
    }

    private void AddReasoning(RequestValue message)
    {
        string text = message.OptionalString("content") ?? "";
        string? signature = message.OptionalString("encryptedValue");
        if (text.Length > 0 || signature is not null) _reasoning.Add(new TextReasoningContent(text) { ProtectedData = signature });
    }

    /// <summary>Reasoning that no message of the assistant follows belongs to the one before.</summary>
    private void EndReasoning()
    {
        if (_reasoning.Count == 0) return;
        if (_messages.Count > 0 && _messages[^1].Role == ChatRole.Assistant)
        {
            foreach (AIContent reasoning in _reasoning) _messages[^1].Contents.Add(reasoning);
        }
        else
        {
            _messages.Add(new ChatMessage(ChatRole.Assistant, [.. _reasoning]));
        }

        _reasoning.Clear();
    }

    /// <summary>
    /// Answers the calls to which there is no result although the conversation went on, such as those of a run that was canceled: providers
    /// refuse a call without a result.
    /// </summary>
    private void AnswerCalls()
    {
        HashSet<string> answered =
            [.. _messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.CallId)];
        for (int i = _messages.Count - 1; i >= 0; i--)
        {
            int next = i + 1;
            while (next < _messages.Count && _messages[next].Role == ChatRole.Tool) next++;
            if (next == _messages.Count) continue;
            List<AIContent> missing =
            [
                .. _messages[i].Contents.OfType<FunctionCallContent>().Where(call => !answered.Contains(call.CallId))
                    .Select(call => new FunctionResultContent(call.CallId, "Error: The call was not carried out.")),
            ];
            if (missing.Count > 0) _messages.Insert(next, new ChatMessage(ChatRole.Tool, missing));
        }
    }

    private static FunctionCallContent ReadCall(RequestValue call)
    {
        string id = call.String("id");
        if (!call.TryGet("function", out RequestValue function)) throw call.Invalid("\"function\" is missing.");
        FunctionCallContent content = FunctionCallContent.CreateFromParsedArguments(
            function.OptionalString("arguments") ?? "", id, function.String("name"), ParseArguments);
        content.InformationalOnly = content.Exception is not null; // of a call that was cut off
        return content;
    }

    private static Dictionary<string, object?> ParseArguments(string text)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (string.IsNullOrWhiteSpace(text)) return arguments;
        using JsonDocument document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("The arguments are not a JSON object.");
        CheckText(document.RootElement);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
            arguments[property.Name] = property.Value.ValueKind == JsonValueKind.Null ? null : property.Value.Clone();
        return arguments;
    }

    /// <summary>Reads all strings, so that invalid ones are found here and not when the arguments are used.</summary>
    /// <exception cref="InvalidOperationException">One holds half of a surrogate pair.</exception>
    private static void CheckText(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray()) CheckText(item);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    _ = property.Name;
                    CheckText(property.Value);
                }

                break;
        }
    }

    private static FunctionResultContent ReadResult(RequestValue message)
    {
        List<AIContent> contents = message.TryGet("content", out _) ? AgUIContentReader.Read(message) : [];
        string? error = message.OptionalString("error");
        if (error is not null) contents.Add(new TextContent($"Error: {error}"));
        object result = contents.TrueForAll(content => content is TextContent)
            ? string.Join('\n', contents.Cast<TextContent>().Select(text => text.Text))
            : contents;
        return new FunctionResultContent(message.String("toolCallId"), result)
        {
            Exception = error is null ? null : new InvalidOperationException(error),
        };
    }

    private static void AddSignature(List<AIContent> contents, RequestValue signed)
    {
        if (signed.OptionalString("encryptedValue") is { Length: > 0 } signature)
            contents.Add(new TextReasoningContent("") { ProtectedData = signature });
    }

    private static void Add(List<ChatMessage> messages, ChatRole role, IList<AIContent> contents, RequestValue message) =>
        messages.Add(new ChatMessage(role, contents) { MessageId = message.OptionalString("id") });
}
