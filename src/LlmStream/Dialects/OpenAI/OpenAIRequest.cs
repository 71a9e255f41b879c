using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// The body of a request in the format of OpenAI's Chat Completions
/// (platform.openai.com/docs/api-reference/chat/create).
/// </summary>
internal static class OpenAIRequest
{
    /// <summary>Makes the body, all but <c>stream</c> and <c>stream_options</c>.</summary>
    /// <param name="messages">The conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <param name="style">What the provider understands; null for what all do.</param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public static JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, OpenAIRequestStyle? style = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        style ??= OpenAIRequestStyle.Default;

        JsonObject body = RequestFields.Start(seed);
        body.FillAdditional(options);
        RequestFields.RefuseMessages(body);
        body.Fill("model", options?.ModelId ?? model);
        body.Add("messages", new OpenAIMessageWriter(style).Write(messages, options?.Instructions));
        if (options is null) return body;

        RequestTools.Fill(body, options, style.WebSearchField);
        body.Fill("response_format", RequestFields.ResponseFormat(options));
        // Who set either of the two by hand knows which his model wants; both are refused.
        if (!body.ContainsKey("max_tokens") && !body.ContainsKey("max_completion_tokens")) body.Fill(style.MaxTokensField, options.MaxOutputTokens);
        body.Fill("stop", RequestFields.Stop(options));
        body.Fill("temperature", options.Temperature);
        body.Fill("top_p", options.TopP);
        if (style.TakesTopK) body.Fill("top_k", options.TopK);
        body.Fill("frequency_penalty", options.FrequencyPenalty);
        body.Fill("presence_penalty", options.PresencePenalty);
        body.Fill(style.SeedField, options.Seed);
        FillReasoning(body, options.Reasoning?.Effort, style.Reasoning);

        // Left out, on purpose: ConversationId, ContinuationToken and AllowBackgroundResponses, since this API keeps no
        // state between requests; Reasoning.Output, since here the provider decides what it shows of its thoughts.
        return body;
    }

    private static void FillReasoning(JsonObject body, ReasoningEffort? effort, ReasoningControls controls)
    {
        if (effort is not { } wanted) return;
        bool thinks = wanted != ReasoningEffort.None;
        if (controls.HasFlag(ReasoningControls.EnableThinking)) body.Fill("enable_thinking", thinks);
        if (controls.HasFlag(ReasoningControls.ThinkingType)) body.Fill("thinking", new JsonObject { ["type"] = thinks ? "enabled" : "disabled" });

        // Where there is a switch, "off" is the switch's business, and no effort there is called "none".
        if (controls.HasFlag(ReasoningControls.Effort) && (thinks || controls == ReasoningControls.Effort)) body.Fill("reasoning_effort", NameOf(wanted));
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
