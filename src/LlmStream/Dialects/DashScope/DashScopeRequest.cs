using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.DashScope;

/// <summary>
/// Builds the body of a request in DashScope's native format (help.aliyun.com/zh/model-studio/qwen-api-via-dashscope):
/// <c>{model, input: {messages}, parameters}</c>.
/// </summary>
internal static class DashScopeRequest
{
    /// <summary>Builds the body: see <see cref="Dialect.BuildRequest"/>. A header (<c>X-DashScope-SSE</c>) requests the stream.</summary>
    /// <remarks>Additional properties go into <c>parameters</c>, where this format has its options.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Copy(seed);
        body.Fill("model", options?.ModelId ?? model);
        JsonObject input = body.FillObject("input");
        JsonObject parameters = body.FillObject("parameters");
        parameters.FillAdditional(options);
        body.RefuseField("messages");
        input.RefuseField("messages");
        parameters.RefuseField("messages");

        JsonArray messages = new DashScopeMessageWriter().Write(conversation);
        input.Add("messages", messages);
        if (IsMultimodal(body)) WriteTextAsParts(messages);

        // The documented defaults are the older format "text", without tool calls, and the whole text so far in each chunk.
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
        // Reasoning is either on or off. An effort cannot be requested, only a budget of tokens (thinking_budget).
        if (options.Reasoning?.Effort is { } effort) parameters.Fill("enable_thinking", effort != ReasoningEffort.None);

        // Intentionally ignored: FrequencyPenalty, because the repetition_penalty of this API is a factor, not a summand;
        // ConversationId, ContinuationToken, and AllowBackgroundResponses, because this API keeps no state between requests;
        // Reasoning.Output, because all reasoning is returned.
        return body;
    }

    /// <summary>
    /// Whether a message of a body has content in parts. Such a body must be sent to the address for multimodal models, where the
    /// content of every message is in parts.
    /// </summary>
    public static bool IsMultimodal(JsonObject body) =>
        (body["input"] as JsonObject)?["messages"] is JsonArray messages
        && messages.OfType<JsonObject>().Any(message => message["content"] is JsonArray);

    private static void WriteTextAsParts(JsonArray messages)
    {
        foreach (JsonObject message in messages.OfType<JsonObject>())
        {
            if (message["content"] is JsonValue text) message["content"] = new JsonArray(new JsonObject { ["text"] = text.DeepClone() });
        }
    }
}
