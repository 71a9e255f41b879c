using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Builds the body of a request to OpenAI's Chat Completions (platform.openai.com/docs/api-reference/chat/create).</summary>
/// <remarks>
/// OpenAI answers 400 to <c>tool_choice</c> and <c>parallel_tool_calls</c> without <c>tools</c>. Its strict mode requires schemas in
/// which every property is required and no others are allowed (platform.openai.com/docs/guides/structured-outputs).
/// </remarks>
internal static class OpenAIRequest
{
    /// <summary>Builds the body without <c>stream</c> and <c>stream_options</c>: see <see cref="Dialect.BuildRequest"/>.</summary>
    public static JsonObject Build(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmRequestStyle style)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "messages");
        body.Add("messages", new OpenAIMessageWriter(style).Write(conversation));
        if (options is null) return body;

        RequestTools.Fill(body, options, style.WebSearchField);
        body.Fill("response_format", RequestFields.ResponseFormat(options));
        // The caller may have set either field, knowing which one the model accepts. Both together are refused.
        bool hasLimit = body.ContainsKey("max_tokens") || body.ContainsKey("max_completion_tokens");
        if (!hasLimit) body.Fill(style.MaxTokensField, options.MaxOutputTokens);
        body.Fill("stop", RequestFields.Stop(options));
        body.Fill("temperature", options.Temperature);
        body.Fill("top_p", options.TopP);
        if (style.AcceptsTopK) body.Fill("top_k", options.TopK);
        body.Fill("frequency_penalty", options.FrequencyPenalty);
        body.Fill("presence_penalty", options.PresencePenalty);
        body.Fill(style.SeedField, options.Seed);
        FillReasoning(body, options.Reasoning?.Effort, style.ReasoningControls);

        // Intentionally ignored: ConversationId, ContinuationToken, and AllowBackgroundResponses, because this API keeps no state
        // between requests; Reasoning.Output, because the provider decides how much reasoning it returns.
        return body;
    }

    private static void FillReasoning(JsonObject body, ReasoningEffort? effort, LlmReasoningControls controls)
    {
        if (effort is not { } requested) return;
        bool isOn = requested != ReasoningEffort.None;
        if (controls.HasFlag(LlmReasoningControls.EnableThinking)) body.Fill("enable_thinking", isOn);
        if (controls.HasFlag(LlmReasoningControls.ThinkingType))
            body.Fill("thinking", new JsonObject { ["type"] = isOn ? "enabled" : "disabled" });

        // If there is a switch, it turns reasoning off, and the effort "none" does not exist.
        bool takesEffort = controls.HasFlag(LlmReasoningControls.Effort) && (isOn || controls == LlmReasoningControls.Effort);
        if (takesEffort) body.Fill("reasoning_effort", NameOf(requested));
    }

    private static string NameOf(ReasoningEffort effort) => effort switch
    {
        ReasoningEffort.None => "none",
        ReasoningEffort.Low => "low",
        ReasoningEffort.High => "high",
        ReasoningEffort.ExtraHigh => "xhigh",
        _ => "medium",
    };
}
