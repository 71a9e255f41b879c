using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Builds the body of a request to Anthropic's Messages API (platform.claude.com/docs/en/api/messages).</summary>
internal static class AnthropicRequest
{
    // The API refuses a smaller budget for reasoning (platform.claude.com/docs/en/build-with-claude/extended-thinking).
    private const int MinThinkingBudget = 1_024;

    /// <summary>Builds the body without <c>stream</c>: see <see cref="Dialect.BuildRequest"/>.</summary>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "messages");
        var claude = new ClaudeModel(Dialect.ModelOf(body));
        (JsonArray messages, JsonArray system) = AnthropicMessageWriter.Write(conversation);
        if (system.Count > 0)
        {
            if (body.ContainsKey("system"))
            {
                throw InvalidRequest.Options(
                    "\"system\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), but a system message or "
                    + "instructions were passed as well. Use only one of them.");
            }

            body.Add("system", AnthropicParts.Simplify(system));
        }

        body.Add("messages", messages);
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

        // Required, and must be more than the budget for reasoning.
        body.Fill("max_tokens", options?.MaxOutputTokens ?? (BudgetOf(body) ?? 0) + claude.DefaultMaxTokens);

        // Intentionally ignored: FrequencyPenalty, PresencePenalty, and Seed, which have no equivalent; ConversationId,
        // ContinuationToken, and AllowBackgroundResponses, because this API keeps no state between requests.
        return body;
    }

    private static void FillFormat(JsonObject body, ChatOptions options)
    {
        if (options.ResponseFormat is not ChatResponseFormatJson format) return;
        if ((body["output_config"] as JsonObject)?["format"] is not null) return;
        JsonNode schema = AnthropicSchemas.Of(format) ?? throw InvalidRequest.Options(
            "This API supports JSON only with a schema. Use ChatResponseFormat.ForJsonSchema, or request JSON in the instructions and "
            + "do not set ChatOptions.ResponseFormat.");
        body.FillObject("output_config").Fill("format", new JsonObject { ["type"] = "json_schema", ["schema"] = schema });
    }

    /// <summary>Sets how much the model reasons: newer models accept an effort, older ones a budget of tokens.</summary>
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
            if (EffortOf(reasoning, claude) is { } effort) body.FillObject("output_config").Fill("effort", effort);
        }
        else
        {
            // The budget must be less than the limit of the answer. If that leaves no room for the smallest budget, none is requested.
            long limit = body["max_tokens"].AsInt64() ?? options.MaxOutputTokens ?? long.MaxValue;
            if (limit <= MinThinkingBudget) return;
            thinking.Add("type", "enabled");
            thinking.Add("budget_tokens", Math.Min(BudgetOf(reasoning), limit - 1));
        }

        // The newest models do not return their reasoning by default.
        if (reasoning.Output is { } output) thinking.Add("display", output is ReasoningOutput.None ? "omitted" : "summarized");
        body.Add("thinking", thinking);
    }

    private static string? EffortOf(ReasoningOptions reasoning, ClaudeModel claude) => reasoning.Effort switch
    {
        ReasoningEffort.Low => "low",
        ReasoningEffort.Medium => "medium",
        ReasoningEffort.High => "high",
        ReasoningEffort.ExtraHigh => claude.TakesExtraHighEffort ? "xhigh" : "high",
        _ => null,
    };

    private static int BudgetOf(ReasoningOptions reasoning) => reasoning.Effort switch
    {
        ReasoningEffort.Low => MinThinkingBudget,
        ReasoningEffort.High => 16_384,
        ReasoningEffort.ExtraHigh => 32_000,
        _ => 4_096,
    };

    private static long? BudgetOf(JsonObject body) => (body["thinking"] as JsonObject)?["budget_tokens"].AsInt64();
}
