using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Fields of an assistant message that only the provider understands and that it requires in later requests: without them it refuses
/// the results of a tool call, or loses its reasoning.
/// </summary>
/// <remarks>
/// OpenRouter's <c>reasoning_details</c> with a <c>signature</c> or <c>data</c> (openrouter.ai/docs/use-cases/reasoning-tokens), and
/// <c>extra_content</c> of Gemini's compatible endpoint, which contains the thought signature of a call or of a message
/// (ai.google.dev/gemini-api/docs/thought-signatures). Each is kept as a content with an object of these fields.
/// </remarks>
internal static class MessageFields
{
    private const string Dialect = "openai";

    /// <summary>A part of the reasoning that is signed or encrypted.</summary>
    /// <param name="detail">Its JSON, unchanged.</param>
    public static AIContent OfReasoning(ReadOnlySpan<byte> detail) => Create("{\"reasoning_details\":["u8, detail, "]}"u8);

    /// <summary>The <c>extra_content</c> of a message.</summary>
    public static AIContent OfMessage(ReadOnlySpan<byte> extra) => Create("{\"extra_content\":"u8, extra, "}"u8);

    /// <summary>The <c>extra_content</c> of a tool call.</summary>
    public static AIContent OfCall(string id, ReadOnlySpan<byte> extra) =>
        Create(Encoding.UTF8.GetBytes($"{{\"tool_calls\":[{{\"id\":\"{JsonEncodedText.Encode(id)}\",\"extra_content\":"), extra, "}]}"u8);

    /// <summary>Adds the fields to the message that is sent back.</summary>
    /// <param name="message">The message.</param>
    /// <param name="contents">The contents of the answer, in order.</param>
    /// <param name="reasoningField">The field for reasoning, which <c>reasoning_details</c> replaces.</param>
    public static void AddTo(JsonObject message, IEnumerable<AIContent> contents, string? reasoningField)
    {
        string reasoning = "";
        foreach (AIContent content in contents)
        {
            if (content is TextReasoningContent thought) reasoning += thought.Text;
            if (ProviderContent.Read(Dialect, content) is not { } kept) continue;
            if (kept["extra_content"] is { } extra) message["extra_content"] = extra.DeepClone();
            if (kept["tool_calls"] is JsonArray and [JsonObject call]) AddToCall(message, call);
            if (kept["reasoning_details"] is not (JsonArray and [JsonObject detail])) continue;

            // The text came before the signature, in several chunks.
            if (detail["signature"] is not null && string.IsNullOrEmpty(detail["text"].AsText()))
            {
                detail["text"] = reasoning;
                reasoning = "";
            }

            var details = message["reasoning_details"] as JsonArray;
            if (details is null) message["reasoning_details"] = details = [];
            details.Add(detail.DeepClone());
            if (reasoningField is not null) message.Remove(reasoningField);
        }
    }

    private static void AddToCall(JsonObject message, JsonObject kept)
    {
        foreach (JsonObject call in (message["tool_calls"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            if (JsonNode.DeepEquals(call["id"], kept["id"])) call["extra_content"] = kept["extra_content"]?.DeepClone();
        }
    }

    private static AIContent Create(ReadOnlySpan<byte> head, ReadOnlySpan<byte> value, ReadOnlySpan<byte> tail) =>
        ProviderContent.Create(Dialect, [.. head, .. value, .. tail]);
}
