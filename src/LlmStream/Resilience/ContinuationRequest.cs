using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Json;

namespace LlmStream.Resilience;

/// <summary>Makes, of the request for an answer, the request for the rest of it.</summary>
internal static class ContinuationRequest
{
    /// <summary>The text of the last message of the user's, or "".</summary>
    public static string LastUserText(Dialect dialect, JsonObject body) =>
        dialect.MessagesOf(body)?.OfType<JsonObject>().LastOrDefault(message => dialect.IsFrom(isAssistant: false, message)) is { } last ? dialect.TextOf(last) : "";

    /// <summary>What the request itself put into the assistant's mouth: a last message that the answer goes on from; else "".</summary>
    public static string PrefillOf(Dialect dialect, JsonObject body) =>
        dialect.MessagesOf(body) is [.., JsonObject last] && dialect.IsFrom(isAssistant: true, last) ? dialect.TextOf(last) : "";

    /// <summary>Makes the request.</summary>
    /// <param name="dialect">The format of the body.</param>
    /// <param name="original">The body of the request that the answer belongs to. It is not changed.</param>
    /// <param name="how">How the rest is asked for.</param>
    /// <param name="message">What the assistant has said so far, as it is to be sent back. It takes the place of a last message of the assistant's.</param>
    /// <param name="instruction">What the user says, where that is the strategy.</param>
    /// <param name="tokensSpent">How many tokens of the limit have been spent, where that is known.</param>
    public static JsonObject Build(Dialect dialect, JsonObject original, ChatContinuation how, string message, string instruction, long? tokensSpent)
    {
        var body = (JsonObject)original.DeepClone();
        if (how == ChatContinuation.Restart) return body;

        JsonArray messages = dialect.OpenMessages(body);
        if (messages is [.., JsonObject last] && dialect.IsFrom(isAssistant: true, last)) messages.RemoveAt(messages.Count - 1);
        JsonObject assistant = dialect.CreateMessage(isAssistant: true, message);
        messages.Add((JsonNode)assistant);
        switch (how)
        {
            case ChatContinuation.Instruction:
                messages.Add((JsonNode)dialect.CreateMessage(isAssistant: false, instruction));
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

        if (tokensSpent is { } spent) ReduceLimits(dialect, body, spent);
        return body;
    }

    /// <summary>The limit holds for the answer as a whole. At least one token is left, which no provider refuses.</summary>
    private static void ReduceLimits(Dialect dialect, JsonObject body, long spent)
    {
        foreach ((JsonObject holder, string field) in dialect.LimitsOf(body))
        {
            if (holder[field].AsInt64() is { } limit) holder[field] = Math.Max(1, limit - spent);
        }
    }
}
