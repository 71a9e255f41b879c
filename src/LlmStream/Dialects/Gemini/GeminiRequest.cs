using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// Builds the body of a request in Gemini's format (ai.google.dev/api/generate-content):
/// <c>{contents, systemInstruction, tools, toolConfig, generationConfig}</c>.
/// </summary>
internal static class GeminiRequest
{
    /// <summary>Builds the body: see <see cref="Dialect.BuildRequest"/>. The model in it later becomes part of the address.</summary>
    /// <remarks>Additional properties are fields of the body; the options are added to a <c>generationConfig</c> among them.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, Uri address)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "contents");
        (JsonArray contents, JsonObject? instruction) = GeminiMessageWriter.Write(conversation, Dialect.ModelOf(body), address);
        body.Add("contents", contents);
        body.Fill("systemInstruction", instruction);
        if (options is null) return body;

        GeminiTools.Fill(body, options);
        JsonObject config = body.FillObject("generationConfig");
        FillFormat(config, options.ResponseFormat);
        config.Fill("maxOutputTokens", options.MaxOutputTokens);
        config.Fill("stopSequences", RequestFields.Stop(options));
        config.Fill("temperature", options.Temperature);
        config.Fill("topP", options.TopP);
        config.Fill("topK", options.TopK);
        config.Fill("frequencyPenalty", options.FrequencyPenalty);
        config.Fill("presencePenalty", options.PresencePenalty);
        config.Fill("seed", options.Seed);
        config.Fill("thinkingConfig", Thinking(Dialect.ModelOf(body), options.Reasoning));
        if (config.Count == 0) body.Remove("generationConfig");

        // Intentionally ignored: ConversationId, ContinuationToken, and AllowBackgroundResponses, because this API keeps no state
        // between requests; AllowMultipleToolCalls, which has no equivalent.
        return body;
    }

    private static void FillFormat(JsonObject config, ChatResponseFormat? format)
    {
        if (format is not ChatResponseFormatJson json) return; // text is the default
        config.Fill("responseMimeType", "application/json");
        if (json.Schema is not { } schema || config.ContainsKey("responseSchema")) return;
        config.Fill("responseJsonSchema", JsonNodes.FromElement(schema));
    }

    private static JsonObject? Thinking(string model, ReasoningOptions? reasoning)
    {
        if (reasoning?.Effort is null && reasoning?.Output is null) return null;
        JsonObject? thinking = reasoning.Effort is { } effort ? GeminiModels.Thinking(model, effort) : [];
        // The API returns no reasoning by default. If the caller requests reasoning, it is returned unless the caller says otherwise.
        bool isReturned = reasoning.Output is { } output ? output != ReasoningOutput.None : reasoning.Effort != ReasoningEffort.None;
        thinking?.Fill("includeThoughts", isReturned);
        return thinking;
    }
}
