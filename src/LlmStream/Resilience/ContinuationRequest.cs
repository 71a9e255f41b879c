using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Json;

namespace LlmStream.Resilience;

/// <summary>Builds the request for the rest of an answer from the original request.</summary>
internal static class ContinuationRequest
{
    /// <summary>The text of the last user message, or "".</summary>
    public static string LastUserText(Dialect dialect, JsonObject body)
    {
        IEnumerable<JsonObject>? messages = dialect.MessagesOf(body)?.OfType<JsonObject>();
        return messages?.LastOrDefault(message => dialect.IsFrom(isAssistant: false, message)) is { } last ? dialect.TextOf(last) : "";
    }

    /// <summary>The text of an assistant message at the end of the original request, which the answer continues; or "".</summary>
    public static string PrefillOf(Dialect dialect, JsonObject body) =>
        dialect.MessagesOf(body) is [.., JsonObject last] && dialect.IsFrom(isAssistant: true, last) ? dialect.TextOf(last) : "";

    /// <summary>Builds the request.</summary>
    /// <param name="dialect">The format of the body.</param>
    /// <param name="original">The body of the original request. It is not changed.</param>
    /// <param name="continuation">How the rest is requested.</param>
    /// <param name="message">The text of the assistant message to send. Replaces the prefill of the original request.</param>
    /// <param name="instruction">The text of the user message, for <see cref="ChatContinuation.Instruction"/>.</param>
    /// <param name="tokensSpent">The tokens that the attempts so far have generated, by which limits are reduced.</param>
    public static JsonObject Build(
        Dialect dialect, JsonObject original, ChatContinuation continuation, string message, string instruction, long tokensSpent)
    {
        var body = (JsonObject)original.DeepClone();
        if (continuation == ChatContinuation.Restart) return body;

        JsonArray messages = dialect.OpenMessages(body);
        if (messages is [.., JsonObject last] && dialect.IsFrom(isAssistant: true, last)) messages.RemoveAt(messages.Count - 1);
        JsonObject assistant = dialect.CreateMessage(isAssistant: true, message);
        messages.Add((JsonNode)assistant);
        switch (continuation)
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

        ReduceLimits(dialect, body, tokensSpent);
        return body;
    }

    /// <summary>Limits apply to the answer as a whole.</summary>
    private static void ReduceLimits(Dialect dialect, JsonObject body, long spent)
    {
        long minimum = dialect.MinimumLimitOf(body);
        foreach ((JsonObject holder, string field) in dialect.LimitsOf(body))
        {
            // In some formats a negative number means no limit.
            if (holder[field].AsInt64() is { } limit and > 0) holder[field] = Math.Min(limit, Math.Max(minimum, limit - spent));
        }
    }
}
