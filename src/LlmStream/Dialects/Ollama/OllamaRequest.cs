using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>
/// Builds the body of a request to Ollama's <c>/api/chat</c> (docs.ollama.com/api/chat). The model's parameters are in <c>options</c>.
/// </summary>
internal static class OllamaRequest
{
    // The parameters of a Modelfile. Other additional properties are fields of the body (keep_alive, logprobs).
    private static readonly HashSet<string> ModelParameters = new(StringComparer.Ordinal)
    {
        "num_keep", "seed", "num_predict", "top_k", "top_p", "min_p", "tfs_z", "typical_p", "repeat_last_n",
        "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty", "mirostat", "mirostat_tau",
        "mirostat_eta", "penalize_newline", "stop", "numa", "num_ctx", "num_batch", "num_gpu", "main_gpu", "low_vram",
        "f16_kv", "vocab_only", "use_mmap", "use_mlock", "num_thread", "draft_num_predict",
    };

    /// <summary>Builds the body without <c>stream</c>: see <see cref="Dialect.BuildRequest"/>.</summary>
    /// <remarks>Additional properties that are parameters of a model go into <c>options</c>.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Copy(seed);
        var parameters = new JsonObject();
        FillAdditional(body, parameters, options);
        body.RefuseField("messages");
        body.Fill("model", options?.ModelId ?? model);
        body.Add("messages", OllamaMessageWriter.Write(conversation));
        if (options is not null) FillOptions(body, parameters, options);
        if (parameters.Count > 0) FillAll(body.FillObject("options"), parameters);
        return body;
    }

    private static void FillOptions(JsonObject body, JsonObject parameters, ChatOptions options)
    {
        // This API has no tool_choice. Tools that must not be used are not sent; that a tool must be used cannot be requested.
        if (options.ToolMode is not NoneChatToolMode)
        {
            var fields = new JsonObject();
            RequestTools.Fill(fields, options, webSearchField: null);
            body.Fill("tools", fields["tools"]?.DeepClone());
        }

        body.Fill("format", options.ResponseFormat switch
        {
            ChatResponseFormatJson { Schema: { } schema } => JsonNodes.FromElement(schema),
            ChatResponseFormatJson => "json",
            _ => null, // text is the default
        });
        if (options.Reasoning?.Effort is { } effort) body.Fill("think", Think(effort, Dialect.ModelOf(body)));

        parameters.Fill("num_predict", options.MaxOutputTokens);
        parameters.Fill("stop", RequestFields.Stop(options));
        parameters.Fill("temperature", options.Temperature);
        parameters.Fill("top_p", options.TopP);
        parameters.Fill("top_k", options.TopK);
        parameters.Fill("frequency_penalty", options.FrequencyPenalty);
        parameters.Fill("presence_penalty", options.PresencePenalty);
        parameters.Fill("seed", options.Seed);

        // Intentionally ignored: AllowMultipleToolCalls, which has no equivalent; ConversationId, ContinuationToken, and
        // AllowBackgroundResponses, because this API keeps no state between requests; Reasoning.Output, because all reasoning is returned.
    }

    /// <summary>Reasoning is either on or off. Only gpt-oss has levels, and any other model refuses a request with a level.</summary>
    private static JsonNode Think(ReasoningEffort effort, string model)
    {
        bool hasLevels = model.Contains("gpt-oss", StringComparison.OrdinalIgnoreCase);
        if (!hasLevels || effort == ReasoningEffort.None) return effort != ReasoningEffort.None;
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
        foreach ((string name, JsonNode? value) in additional)
        {
            JsonObject fields = ModelParameters.Contains(name) ? parameters : body;
            if (!fields.ContainsKey(name)) fields.Add(name, value?.DeepClone()); // also null
        }
    }

    private static void FillAll(JsonObject fields, JsonObject values)
    {
        foreach ((string name, JsonNode? value) in values)
        {
            if (!fields.ContainsKey(name)) fields.Add(name, value?.DeepClone());
        }
    }
}
