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
/// OpenRouter's <c>reasoning_details</c> with a <c>signature</c> or <c>data</c> (openrouter.ai/docs/use-cases/reasoning-tokens), LiteLLM's
/// <c>thinking_blocks</c> with the same (docs.litellm.ai/docs/reasoning_content), Copilot's <c>reasoning_opaque</c>
/// (github.com/anomalyco/opencode/pull/8900), and <c>extra_content</c> of Gemini's compatible endpoint, which contains the thought
/// signature of a call or of a message (ai.google.dev/gemini-api/docs/thought-signatures). Each is kept as a content with an object of
/// these fields. So is what has no type in Microsoft.Extensions.AI; it is not sent back.
/// </remarks>
internal static class MessageFields
{
    private const string Dialect = "openai";

    /// <summary>The fields of a message with a signature of its reasoning, or with encrypted reasoning.</summary>
    public static FieldNames Signatures { get; } =
        new("reasoning_opaque", "encrypted_content", "reasoning_signature", "thinking_signature");

    // The fields with a list of parts of the reasoning, and the field of a part with its text.
    private static readonly (string List, string Text)[] ReasoningLists = [("reasoning_details", "text"), ("thinking_blocks", "thinking")];

    /// <summary>A part of a list that is signed or encrypted, or has no other type.</summary>
    /// <param name="field">The field with the list.</param>
    /// <param name="part">The JSON of the part, unchanged.</param>
    public static AIContent OfPart(string field, ReadOnlySpan<byte> part) =>
        Create(Encoding.UTF8.GetBytes($"{{\"{field}\":["), part, "]}"u8);

    /// <summary>A field of a message.</summary>
    public static AIContent OfField(string field, ReadOnlySpan<byte> value) =>
        Create(Encoding.UTF8.GetBytes($"{{\"{field}\":"), value, "}"u8);

    /// <summary>The object with a field for audio, for <see cref="Mark"/>.</summary>
    public static JsonElement Audio { get; } = JsonText.ParseElement("{\"audio\":{}}"u8);

    /// <summary>The object with a field for images.</summary>
    public static JsonElement Images { get; } = JsonText.ParseElement("{\"images\":[]}"u8);

    /// <summary>Marks a content of an answer as one of this format, which is not sent to other providers.</summary>
    public static AIContent Mark(AIContent content, JsonElement json)
    {
        content.AdditionalProperties = ProviderContent.Create(Dialect, json).AdditionalProperties;
        return content;
    }

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
            foreach ((string field, JsonNode? value) in kept)
            {
                if (value is JsonValue && value.AsText() is { } text && Signatures.Contains(field)) message[field] = text;
            }

            foreach ((string list, string textField) in ReasoningLists)
            {
                if (kept[list] is not (JsonArray and [JsonObject part])) continue;

                // The text came before the signature, in several chunks.
                if (part["signature"] is not null && string.IsNullOrEmpty(part[textField].AsText()))
                {
                    part[textField] = reasoning;
                    reasoning = "";
                }

                var parts = message[list] as JsonArray;
                if (parts is null) message[list] = parts = [];
                parts.Add(part.DeepClone());
                if (reasoningField is not null) message.Remove(reasoningField);
            }
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
