using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.DashScope;

/// <summary>
/// The body of a request in DashScope's own format (help.aliyun.com/zh/model-studio/qwen-api-via-dashscope):
/// <c>{model, input: {messages}, parameters}</c>.
/// </summary>
internal static class DashScopeRequest
{
    /// <summary>Makes the body. That it is to be streamed is said in a header (<c>X-DashScope-SSE</c>), not here.</summary>
    /// <param name="messages">The conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null. Additional properties go into <c>parameters</c>, where this format has its options.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <param name="multimodal">
    /// Whether the request goes to the address for multimodal models, where all content is a list of parts. Where a
    /// message has more than text that is so in any case: <see cref="IsMultimodal"/> tells.
    /// </param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public static JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, bool multimodal = false)
    {
        ArgumentNullException.ThrowIfNull(messages);

        JsonObject body = RequestFields.Start(seed);
        body.Fill("model", options?.ModelId ?? model);
        JsonObject input = body.FillObject("input");
        JsonObject parameters = body.FillObject("parameters");
        parameters.FillAdditional(options);
        RequestFields.RefuseMessages(body);
        RequestFields.RefuseMessages(input);
        RequestFields.RefuseMessages(parameters);

        JsonArray written = new DashScopeMessageWriter().Write(messages, options?.Instructions);
        input.Add("messages", written);
        if (multimodal || IsMultimodal(body)) WriteAllAsParts(written);

        // The documented defaults are the older "text", without tool calls, and the whole text again in each chunk.
        parameters.Fill("result_format", "message");
        parameters.Fill("incremental_output", true);
        if (options is null) return body;

        RequestTools.Fill(parameters, options, webSearchField: "enable_search");
        parameters.Fill("response_format", RequestFields.ResponseFormat(options));
        parameters.Fill("max_tokens", options.MaxOutputTokens);
        parameters.Fill("stop", RequestFields.Stop(options));
        parameters.Fill("temperature", options.Temperature);
        parameters.Fill("top_p", options.TopP);
        parameters.Fill("top_k", options.TopK);
        parameters.Fill("presence_penalty", options.PresencePenalty);
        parameters.Fill("seed", options.Seed);
        // On or off is all that can be asked; how much is a budget of tokens (thinking_budget), for which no level stands.
        if (options.Reasoning?.Effort is { } effort) parameters.Fill("enable_thinking", effort != ReasoningEffort.None);

        // Left out, on purpose: FrequencyPenalty, since the repetition_penalty of this API is a factor and not a summand;
        // ConversationId, ContinuationToken and AllowBackgroundResponses, since it keeps no state between requests;
        // Reasoning.Output, since it always shows what it thought.
        return body;
    }

    /// <summary>Whether a body has content in parts, and so has to go to the address for multimodal models.</summary>
    public static bool IsMultimodal(JsonObject body) =>
        body["input"]?["messages"] is JsonArray messages && messages.Any(message => message is JsonObject written && written["content"] is JsonArray);

    private static void WriteAllAsParts(JsonArray messages)
    {
        foreach (JsonNode? message in messages)
        {
            if (message is JsonObject written && written["content"] is JsonValue text) written["content"] = new JsonArray(new JsonObject { ["text"] = text.DeepClone() });
        }
    }
}

/// <summary>Messages as DashScope has them.</summary>
internal sealed class DashScopeMessageWriter() : MessageWriter(reasoningField: "reasoning_content", takesNames: true)
{
    protected override JsonNode? NoContent => "";

    // Audio and video as Qwen-Audio, -Omni and -VL take them. Files go in by the id of an upload, in words that only Qwen-Long knows.
    protected override JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => new JsonObject { ["text"] = text.Text },
        DataContent data when KindOf(data.MediaType) is { } kind => new JsonObject { [kind] = data.Uri },
        UriContent link when KindOf(link.MediaType) is { } kind => new JsonObject { [kind] = link.Uri.OriginalString },
        _ => null,
    };

    private static string? KindOf(string mediaType) => mediaType.Split('/')[0].ToLowerInvariant() is "image" or "audio" or "video" ? mediaType.Split('/')[0].ToLowerInvariant() : null;
}
