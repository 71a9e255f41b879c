using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>The body of a request to OpenAI's Responses (platform.openai.com/docs/api-reference/responses/create).</summary>
internal static class ResponsesRequest
{
    /// <summary>Makes the body, all but <c>stream</c>.</summary>
    /// <param name="messages">The conversation, or what is new of it where the options name a conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public static JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed)
    {
        ArgumentNullException.ThrowIfNull(messages);

        JsonObject body = RequestFields.Start(seed);
        body.FillAdditional(options);
        if (body.ContainsKey("input"))
            throw new ArgumentException("\"input\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), and messages were given as well. Give them in one place; to send a body of your own, use the overload that takes a JsonObject.", nameof(options));
        body.Fill("model", options?.ModelId ?? model);
        // What was thought is kept with the provider, and found by its id, unless the caller forbids it.
        bool isStored = !(body["store"] is JsonValue store && store.TryGetValue(out bool kept) && !kept);
        body.Add("input", new ResponsesMessageWriter(isStored).Write(messages));
        if (options is null) return body;

        body.Fill("instructions", options.Instructions);
        FillConversation(body, options.ConversationId);
        ResponsesTools.Fill(body, options);
        if (Format(options) is { } format) body.FillObject("text").Fill("format", format);
        body.Fill("max_output_tokens", options.MaxOutputTokens);
        body.Fill("temperature", options.Temperature);
        body.Fill("top_p", options.TopP);
        FillReasoning(body, options.Reasoning);
#pragma warning disable MEAI001 // for evaluation: the property may still change its name
        body.Fill("background", options.AllowBackgroundResponses);
#pragma warning restore MEAI001

        // Left out, on purpose, since this API has no word for them: StopSequences, Seed, TopK, FrequencyPenalty and
        // PresencePenalty. And ContinuationToken, which is another library's: a stream that breaks is taken up again by itself.
        return body;
    }

    private static void FillConversation(JsonObject body, string? id)
    {
        if (string.IsNullOrEmpty(id) || body.ContainsKey("previous_response_id") || body.ContainsKey("conversation")) return;
        body.Add(id.StartsWith("conv_", StringComparison.Ordinal) ? "conversation" : "previous_response_id", id);
    }

    private static JsonObject? Format(ChatOptions options)
    {
        if (RequestFields.ResponseFormat(options) is not { } format) return null;
        if (format["json_schema"] is not JsonObject schema) return format;

        // The same as in Chat Completions, one level flatter.
        format.Remove("json_schema");
        foreach ((string name, JsonNode? value) in schema) format.Add(name, value?.DeepClone());
        return format;
    }

    private static void FillReasoning(JsonObject body, ReasoningOptions? reasoning)
    {
        if (reasoning is null) return;
        string? effort = reasoning.Effort switch
        {
            null => null,
            ReasoningEffort.None => "none",
            ReasoningEffort.Low => "low",
            ReasoningEffort.High => "high",
            ReasoningEffort.ExtraHigh => "xhigh",
            _ => "medium",
        };
        string? summary = reasoning.Output switch
        {
            ReasoningOutput.Summary => "auto",
            ReasoningOutput.Full => "detailed",
            _ => null, // none comes unless it is asked for
        };
        if (effort is null && summary is null) return;
        JsonObject fields = body.FillObject("reasoning");
        fields.Fill("effort", effort);
        fields.Fill("summary", summary);
    }
}
