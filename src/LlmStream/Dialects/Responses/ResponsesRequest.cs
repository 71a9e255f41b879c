using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Builds the body of a request to OpenAI's Responses (platform.openai.com/docs/api-reference/responses/create).</summary>
internal static class ResponsesRequest
{
    /// <summary>Builds the body without <c>stream</c>: see <see cref="Dialect.BuildRequest"/>.</summary>
    /// <remarks>If the options name a conversation that the provider stores, the messages are only its new ones.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "input");
        bool isStored = body["store"].AsBool() is not false; // by default, answers are stored
        body.Add("input", ResponsesMessageWriter.Write(conversation, isStored));
        body.Fill("instructions", conversation.Instructions);
        if (options is null) return body;

        FillConversation(body, options.ConversationId);
        ResponsesTools.Fill(body, options);
        if (Format(options) is { } format) body.FillObject("text").Fill("format", format);
        body.Fill("max_output_tokens", options.MaxOutputTokens);
        body.Fill("temperature", options.Temperature);
        body.Fill("top_p", options.TopP);
        FillReasoning(body, options.Reasoning);
#pragma warning disable MEAI001 // experimental: the property may change
        body.Fill("background", options.AllowBackgroundResponses);
#pragma warning restore MEAI001

        // Intentionally ignored: StopSequences, Seed, TopK, FrequencyPenalty, and PresencePenalty, which have no equivalent.
        return body;
    }

    /// <summary>Builds the body of a request that was sent earlier, without its messages.</summary>
    public static JsonObject BuildKept(ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "input");
        FillConversation(body, options?.ConversationId);
        body["background"] = true;
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

        // The fields of the schema are fields of the format itself here.
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
            _ => null, // by default there is no summary
        };
        if (effort is null && summary is null) return;
        JsonObject fields = body.FillObject("reasoning");
        fields.Fill("effort", effort);
        fields.Fill("summary", summary);
    }
}
