using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// The body of a request in Gemini's format (ai.google.dev/api/generate-content):
/// <c>{contents, systemInstruction, tools, toolConfig, generationConfig}</c>.
/// </summary>
internal static class GeminiRequest
{
    /// <summary>Makes the body. It names the model, which goes into the address.</summary>
    /// <param name="messages">The conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null. Additional properties are fields of the body; <c>generationConfig</c> among them is completed.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <param name="address">The address below which uploaded files lie, or null.</param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public static JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, Uri? address = null)
    {
        ArgumentNullException.ThrowIfNull(messages);

        JsonObject body = RequestFields.Start(seed);
        body.FillAdditional(options);
        if (body.ContainsKey("contents"))
            throw new ArgumentException("\"contents\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), and messages were given as well. Give them in one place; to send a body of your own, use the overload that takes a JsonObject.", nameof(messages));
        body.Fill("model", options?.ModelId ?? model);
        (JsonArray contents, JsonObject? instruction) = new GeminiMessageWriter(Dialect.ModelOf(body), address).Write(messages, options?.Instructions);
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

        // Left out, on purpose: ConversationId, ContinuationToken and AllowBackgroundResponses, since this API keeps no state
        // between requests; AllowMultipleToolCalls, for which it has no word.
        return body;
    }

    private static void FillFormat(JsonObject config, ChatResponseFormat? format)
    {
        if (format is not ChatResponseFormatJson json) return; // text is what it gives without being asked
        config.Fill("responseMimeType", "application/json");
        if (json.Schema is { } schema && !config.ContainsKey("responseSchema")) config.Fill("responseJsonSchema", JsonNodes.FromElement(schema));
    }

    private static JsonObject? Thinking(string model, ReasoningOptions? reasoning)
    {
        if (reasoning?.Effort is null && reasoning?.Output is null) return null;
        JsonObject? thinking = reasoning.Effort is { } effort ? GeminiModels.Thinking(model, effort) : [];
        // Who asks for thinking wants to see it, unless he says otherwise.
        bool shows = reasoning.Output is { } output ? output != ReasoningOutput.None : reasoning.Effort != ReasoningEffort.None;
        thinking?.Fill("includeThoughts", shows);
        return thinking;
    }
}
