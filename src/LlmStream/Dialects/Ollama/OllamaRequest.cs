using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>The body of a request to Ollama's <c>/api/chat</c> (docs.ollama.com/api/chat): what steers the model stands in <c>options</c>.</summary>
internal static class OllamaRequest
{
    // The parameters of a model, as its Modelfile has them. Other additional properties are fields of the request (keep_alive, logprobs).
    private static readonly HashSet<string> ModelOptions = new(StringComparer.Ordinal)
    {
        "num_keep", "seed", "num_predict", "top_k", "top_p", "min_p", "tfs_z", "typical_p", "repeat_last_n", "temperature", "repeat_penalty",
        "presence_penalty", "frequency_penalty", "mirostat", "mirostat_tau", "mirostat_eta", "penalize_newline", "stop", "numa", "num_ctx",
        "num_batch", "num_gpu", "main_gpu", "low_vram", "f16_kv", "vocab_only", "use_mmap", "use_mlock", "num_thread", "draft_num_predict",
    };

    /// <summary>Makes the body, all but <c>stream</c>.</summary>
    /// <param name="messages">The conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null. Additional properties that are a model's parameters go into <c>options</c>.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public static JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed)
    {
        ArgumentNullException.ThrowIfNull(messages);

        JsonObject body = RequestFields.Start(seed);
        var parameters = new JsonObject();
        FillAdditional(body, parameters, options);
        RequestFields.RefuseMessages(body);
        body.Fill("model", options?.ModelId ?? model);
        body.Add("messages", OllamaMessageWriter.Write(messages, options?.Instructions));
        if (options is not null) FillOptions(body, parameters, options);
        if (parameters.Count == 0) return body;

        JsonObject own = body.FillObject("options");
        foreach ((string name, JsonNode? value) in parameters) own.TryAdd(name, value?.DeepClone());
        return body;
    }

    private static void FillOptions(JsonObject body, JsonObject parameters, ChatOptions options)
    {
        // This API has no tool_choice. That none is to be used is said by not naming any; that one has to be cannot be said.
        if (options.ToolMode is not NoneChatToolMode)
        {
            var tools = new JsonObject();
            RequestTools.Fill(tools, options, webSearchField: null);
            body.Fill("tools", tools["tools"]?.DeepClone());
        }

        body.Fill("format", options.ResponseFormat switch
        {
            ChatResponseFormatJson { Schema: { } schema } => JsonNodes.FromElement(schema),
            ChatResponseFormatJson => "json",
            _ => null, // text is the default, and has no name
        });
        if (options.Reasoning?.Effort is { } effort) body.Fill("think", Think(effort, body));

        parameters.Fill("num_predict", options.MaxOutputTokens);
        parameters.Fill("stop", RequestFields.Stop(options));
        parameters.Fill("temperature", options.Temperature);
        parameters.Fill("top_p", options.TopP);
        parameters.Fill("top_k", options.TopK);
        parameters.Fill("frequency_penalty", options.FrequencyPenalty);
        parameters.Fill("presence_penalty", options.PresencePenalty);
        parameters.Fill("seed", options.Seed);

        // Left out, on purpose: AllowMultipleToolCalls, for which there is no word; ConversationId, ContinuationToken and
        // AllowBackgroundResponses, since this API keeps no state between requests; Reasoning.Output, since it shows all it thought.
    }

    /// <summary>On or off; only gpt-oss takes a level, and every other model's request is refused for one.</summary>
    private static JsonNode Think(ReasoningEffort effort, JsonObject body)
    {
        bool takesLevels = body["model"] is JsonValue value && value.TryGetValue(out string? model) && model.Contains("gpt-oss", StringComparison.OrdinalIgnoreCase);
        if (!takesLevels || effort == ReasoningEffort.None) return effort != ReasoningEffort.None;
        return effort switch
        {
            ReasoningEffort.Low => "low",
            ReasoningEffort.High or ReasoningEffort.ExtraHigh => "high",
            _ => "medium",
        };
    }

    private static void FillAdditional(JsonObject body, JsonObject parameters, ChatOptions? options)
    {
        var additional = new JsonObject();
        additional.FillAdditional(options);
        foreach ((string name, JsonNode? value) in additional) (ModelOptions.Contains(name) ? parameters : body).TryAdd(name, value?.DeepClone());
    }

    private static void TryAdd(this JsonObject fields, string name, JsonNode? value)
    {
        if (!fields.ContainsKey(name)) fields.Add(name, value);
    }
}
