using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Fields of an assistant's message, in OpenAI's format, that mean something only to the provider and that it wants to see again
/// when the conversation goes on: without them it refuses the results of a tool call, or forgets what it thought.
/// </summary>
/// <remarks>
/// OpenRouter's <c>reasoning_details</c> with a <c>signature</c> or <c>data</c> (openrouter.ai/docs/use-cases/reasoning-tokens), and
/// <c>extra_content</c> of Gemini's compatible endpoint, which holds the thought signature of a call or of a message
/// (ai.google.dev/gemini-api/docs/thought-signatures). Each is kept as an object of the fields that it stands for.
/// </remarks>
internal static class MessageFields
{
    private const string Dialect = "openai";

    /// <summary>A part of what the model thought that is signed or encrypted.</summary>
    /// <param name="detail">Its JSON, as it came.</param>
    public static AIContent OfReasoning(ReadOnlySpan<byte> detail) => Create("{\"reasoning_details\":["u8, detail, "]}"u8);

    /// <summary>What stands in a message beside its content.</summary>
    public static AIContent OfMessage(ReadOnlySpan<byte> extra) => Create("{\"extra_content\":"u8, extra, "}"u8);

    /// <summary>What stands in a tool call beside its function.</summary>
    public static AIContent OfCall(string id, ReadOnlySpan<byte> extra) =>
        Create(Encoding.UTF8.GetBytes($"{{\"tool_calls\":[{{\"id\":\"{JsonEncodedText.Encode(id)}\",\"extra_content\":"), extra, "}]}"u8);

    /// <summary>Adds to a message what was kept of it.</summary>
    /// <param name="written">The message as it is to be sent.</param>
    /// <param name="contents">What it holds, in the order in which it came.</param>
    /// <param name="reasoningField">The field of what the model thought, which <c>reasoning_details</c> takes the place of.</param>
    public static void AddTo(JsonObject written, IEnumerable<AIContent> contents, string? reasoningField)
    {
        string reasoning = "";
        foreach (AIContent content in contents)
        {
            if (content is TextReasoningContent thought) reasoning += thought.Text;
            if (ProviderContent.Read(Dialect, content) is not { } kept) continue;
            if (kept["extra_content"] is { } extra) written["extra_content"] = extra.DeepClone();
            if (kept["tool_calls"] is JsonArray and [JsonObject call]) AddToCall(written, call);
            if (kept["reasoning_details"] is not (JsonArray and [JsonObject detail])) continue;

            // What is signed came before its signature, in pieces.
            if (detail["signature"] is not null && string.IsNullOrEmpty(detail["text"]?.ToString()))
            {
                detail["text"] = reasoning;
                reasoning = "";
            }

            var details = written["reasoning_details"] as JsonArray;
            if (details is null) written["reasoning_details"] = details = [];
            details.Add(detail.DeepClone());
            if (reasoningField is not null) written.Remove(reasoningField);
        }
    }

    private static void AddToCall(JsonObject written, JsonObject kept)
    {
        foreach (JsonObject call in (written["tool_calls"] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            if (JsonNode.DeepEquals(call["id"], kept["id"])) call["extra_content"] = kept["extra_content"]?.DeepClone();
        }
    }

    private static AIContent Create(ReadOnlySpan<byte> head, ReadOnlySpan<byte> value, ReadOnlySpan<byte> tail) =>
        ProviderContent.Create(Dialect, [.. head, .. value, .. tail]);
}
