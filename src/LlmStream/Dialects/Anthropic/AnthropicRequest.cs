using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>The body of a request to Anthropic's Messages API (platform.claude.com/docs/en/api/messages).</summary>
internal static class AnthropicRequest
{
    /// <summary>Makes the body, all but <c>stream</c>.</summary>
    /// <param name="messages">The conversation; at least one message besides the system's.</param>
    /// <param name="options">What else is asked, or null.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public static JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed)
    {
        ArgumentNullException.ThrowIfNull(messages);
        JsonObject body = RequestFields.Start(seed);
        body.FillAdditional(options);
        RequestFields.RefuseMessages(body);
        body.Fill("model", options?.ModelId ?? model);
        var claude = new ClaudeModel(body["model"] is JsonValue value && value.TryGetValue(out string? name) ? name : null);

        (JsonArray written, JsonArray system) = new AnthropicMessageWriter().Write(messages, options?.Instructions);
        if (system.Count > 0)
        {
            if (body.ContainsKey("system"))
                throw new ArgumentException("\"system\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), and a system message or instructions were given as well. Give them in one place.", nameof(options));
            body.Add("system", system is [JsonObject { Count: 2 } only] ? only["text"]!.DeepClone() : system);
        }

        body.Add("messages", written);
        if (options is not null)
        {
            AnthropicTools.Fill(body, options);
            FillFormat(body, options);
            body.Fill("stop_sequences", RequestFields.Stop(options));
            body.Fill("temperature", options.Temperature);
            body.Fill("top_p", options.TopP);
            body.Fill("top_k", options.TopK);
            FillThinking(body, options, claude);
        }

        // Obligatory. A budget for thinking has to be less.
        body.Fill("max_tokens", options?.MaxOutputTokens ?? (BudgetOf(body) ?? 0) + claude.DefaultMaxTokens);

        // Left out, on purpose: FrequencyPenalty, PresencePenalty and Seed, for which this API has no word; ConversationId,
        // ContinuationToken and AllowBackgroundResponses, since it keeps no state between requests.
        return body;
    }

    private static void FillFormat(JsonObject body, ChatOptions options)
    {
        if (options.ResponseFormat is not ChatResponseFormatJson format || body["output_config"]?["format"] is not null) return;
        if (AnthropicSchemas.Of(format) is not { } schema)
        {
            throw new ArgumentException(
                "This API gives JSON only by a schema. Give one (ChatResponseFormat.ForJsonSchema), or ask for JSON in the instructions and leave ChatOptions.ResponseFormat out.",
                nameof(options));
        }

        body.FillObject("output_config").Fill("format", new JsonObject { ["type"] = "json_schema", ["schema"] = schema });
    }

    /// <summary>How hard the model is to think: in words for those that decide for themselves, as a budget of tokens for the others.</summary>
    private static void FillThinking(JsonObject body, ChatOptions options, ClaudeModel claude)
    {
        if (options.Reasoning is not { } reasoning || claude.NeverThinks || body.ContainsKey("thinking")) return;
        if (reasoning.Effort is ReasoningEffort.None)
        {
            body.Add("thinking", new JsonObject { ["type"] = "disabled" });
            return;
        }

        var thinking = new JsonObject();
        if (claude.ThinksAdaptively)
        {
            thinking.Add("type", "adaptive");
            string? effort = reasoning.Effort switch
            {
                ReasoningEffort.Low => "low",
                ReasoningEffort.Medium => "medium",
                ReasoningEffort.High => "high",
                ReasoningEffort.ExtraHigh => claude.TakesExtraHighEffort ? "xhigh" : "high",
                _ => null,
            };
            if (effort is not null) body.FillObject("output_config").Fill("effort", effort);
        }
        else
        {
            int budget = reasoning.Effort switch
            {
                ReasoningEffort.Low => 1_024,
                ReasoningEffort.High => 16_384,
                ReasoningEffort.ExtraHigh => 32_000,
                _ => 4_096,
            };
            // Fewer than 1,024 are refused. A limit that leaves no room for them leaves none for thoughts.
            long limit = JsonNodes.ToInt64(body["max_tokens"]) ?? options.MaxOutputTokens ?? long.MaxValue;
            if (limit <= 1_024) return;
            thinking.Add("type", "enabled");
            thinking.Add("budget_tokens", Math.Min(budget, limit - 1));
        }

        // The newest models keep their thoughts to themselves unless they are asked for them.
        if (reasoning.Output is { } output) thinking.Add("display", output is ReasoningOutput.None ? "omitted" : "summarized");
        body.Add("thinking", thinking);
    }

    private static long? BudgetOf(JsonObject body) => body["thinking"] is JsonObject thinking ? JsonNodes.ToInt64(thinking["budget_tokens"]) : null;
}
