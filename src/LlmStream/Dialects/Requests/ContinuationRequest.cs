using System.Text.Json.Nodes;

namespace LlmStream.Dialects;

/// <summary>Makes, of the request for an answer, the request for the rest of it.</summary>
internal static class ContinuationRequest
{
    /// <summary>The list of messages of a body, in any dialect that has one; null where it has none.</summary>
    public static JsonArray? MessagesOf(JsonObject body) =>
        body["messages"] as JsonArray ?? (body["input"] as JsonObject)?["messages"] as JsonArray ?? body["Messages"] as JsonArray;

    /// <summary>The text of the last message of the user's, or "".</summary>
    public static string LastUserText(JsonObject body) =>
        TextOf(Field(MessagesOf(body)?.LastOrDefault(message => IsOf(message, "user")), "content"));

    /// <summary>What the request itself put into the assistant's mouth: a last message that the answer goes on from; else "".</summary>
    public static string PrefillOf(JsonObject body) =>
        MessagesOf(body) is [.., JsonObject last] && IsOf(last, "assistant") ? TextOf(Field(last, "content")) : "";

    /// <summary>Makes the request.</summary>
    /// <param name="original">The body of the request that the answer belongs to. It is not changed.</param>
    /// <param name="how">How the rest is asked for.</param>
    /// <param name="message">What the assistant has said so far, as it is to be sent back. It takes the place of a last message of the assistant's.</param>
    /// <param name="instruction">What the user says, where that is the strategy.</param>
    /// <param name="tokensSpent">How many tokens of the limit have been spent, where that is known.</param>
    public static JsonObject Build(JsonObject original, ChatContinuation how, string message, string instruction, long? tokensSpent)
    {
        var body = (JsonObject)original.DeepClone();
        if (how == ChatContinuation.Restart) return body;

        JsonArray messages = MessagesOf(body)!;
        if (messages is [.., JsonObject last] && IsOf(last, "assistant")) messages.RemoveAt(messages.Count - 1);
        bool isPascalCase = body["Messages"] is JsonArray; // Tencent Cloud
        JsonObject assistant = Message("assistant", message);
        messages.Add((JsonNode)assistant);
        switch (how)
        {
            case ChatContinuation.Instruction:
                messages.Add((JsonNode)Message("user", instruction));
                break;
            case ChatContinuation.PrefixFlag:
                assistant["prefix"] = true;
                break;
            case ChatContinuation.PartialFlag:
                assistant["partial"] = true;
                break;
            case ChatContinuation.ContinueFinalMessage:
                body["continue_final_message"] = true;
                body["add_generation_prompt"] = false;
                break;
        }

        if (tokensSpent is { } spent) ReduceLimit(body, spent);
        return body;

        JsonObject Message(string role, string text) => isPascalCase
            ? new JsonObject { ["Role"] = role, ["Content"] = text }
            : new JsonObject { ["role"] = role, ["content"] = text };
    }

    private static bool IsOf(JsonNode? message, string role) => Field(message, "role") is JsonValue value && value.TryGetValue(out string? name) && name == role;

    private static JsonNode? Field(JsonNode? message, string name) =>
        message is JsonObject fields ? fields[name] ?? fields[char.ToUpperInvariant(name[0]) + name[1..]] : null;

    private static string TextOf(JsonNode? content) => content switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonArray parts => string.Concat(parts.Select(part => TextOf((part as JsonObject)?["text"]))),
        _ => "",
    };

    /// <summary>The limit holds for the answer as a whole. At least one token is left, which no provider refuses.</summary>
    private static void ReduceLimit(JsonObject body, long spent)
    {
        foreach (JsonObject? holder in (ReadOnlySpan<JsonObject?>)[body, body["parameters"] as JsonObject])
        {
            foreach (string field in (ReadOnlySpan<string>)["max_tokens", "max_completion_tokens"])
            {
                if (JsonNodes.ToInt64(holder?[field]) is { } limit) holder![field] = Math.Max(1, limit - spent);
            }
        }
    }
}
