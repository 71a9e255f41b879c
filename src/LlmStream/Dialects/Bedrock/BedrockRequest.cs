using System.Text.Json.Nodes;
using LlmStream.Dialects.Anthropic;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// Builds the body of a ConverseStream request (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
/// </summary>
internal static class BedrockRequest
{
    private const string ModelFields = "additionalModelRequestFields";
    private const int MinThinkingBudget = 1_024;

    // The fields of a request. Others are parameters of the model.
    private static readonly HashSet<string> Fields = new(StringComparer.Ordinal)
    {
        "model", "system", "inferenceConfig", "toolConfig", "guardrailConfig", ModelFields, "promptVariables",
        "additionalModelResponseFieldPaths", "requestMetadata", "performanceConfig", "serviceTier", "outputConfig",
    };

    /// <summary>Builds the body: see <see cref="Dialect.BuildRequest"/>.</summary>
    /// <remarks>Additional properties that are not fields of a request are sent in <c>additionalModelRequestFields</c>.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "messages");
        MoveModelFields(body, options, seed);
        (JsonArray messages, JsonArray system) = BedrockMessageWriter.Write(conversation);
        if (system.Count > 0)
        {
            if (body.ContainsKey("system"))
            {
                throw InvalidRequest.Options(
                    "\"system\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), but a system message or "
                    + "instructions were passed as well. Use only one of them.");
            }

            body.Add("system", system);
        }

        body.Add("messages", messages);
        if (options is null) return body;
        FillInference(body, options);
        FillTools(body, options, conversation);
        FillFormat(body, options);
        FillModelFields(body, options, new BedrockModel(Dialect.ModelOf(body)));

        // Intentionally ignored: Seed and the penalties, which have no common field; ConversationId, ContinuationToken, and
        // AllowBackgroundResponses, because this API keeps no state between requests.
        return body;
    }

    private static void MoveModelFields(JsonObject body, ChatOptions? options, JsonObject? seed)
    {
        foreach (string name in options?.AdditionalProperties?.Keys ?? Enumerable.Empty<string>())
        {
            bool isModelField = !Fields.Contains(name) && seed?.ContainsKey(name) is not true;
            if (!isModelField || !body.Remove(name, out JsonNode? value)) continue;
            body.FillObject(ModelFields)[name] = value;
        }
    }

    private static void FillInference(JsonObject body, ChatOptions options)
    {
        bool hasAny = options is not { MaxOutputTokens: null, Temperature: null, TopP: null, StopSequences: null or { Count: 0 } };
        if (!hasAny) return;
        JsonObject config = body.FillObject("inferenceConfig");
        config.Fill("maxTokens", options.MaxOutputTokens);
        config.Fill("temperature", options.Temperature);
        config.Fill("topP", options.TopP);
        config.Fill("stopSequences", RequestFields.Stop(options));
    }

    private static void FillTools(JsonObject body, ChatOptions options, Conversation conversation)
    {
        if (options.Tools is not { Count: > 0 } tools || body.ContainsKey("toolConfig")) return;
        // There is no choice "none", but a conversation with calls must declare the tools.
        bool isNone = options.ToolMode is NoneChatToolMode;
        if (isNone && conversation.Turns.All(turn => turn.Calls.Count + turn.Results.Count == 0)) return;
        var written = new JsonArray();
        foreach (AITool? tool in tools) written.Add((JsonNode)new JsonObject { ["toolSpec"] = Specify(tool, options) });
        var config = new JsonObject { ["tools"] = written };
        config.Fill("toolChoice", options.ToolMode switch
        {
            AutoChatToolMode => new JsonObject { ["auto"] = new JsonObject() },
            RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject { ["tool"] = new JsonObject { ["name"] = name } },
            RequiredChatToolMode => new JsonObject { ["any"] = new JsonObject() },
            _ => null,
        });
        body.Add("toolConfig", config);
    }

    private static JsonObject Specify(AITool? tool, ChatOptions options)
    {
        if (tool is not AIFunctionDeclaration function)
        {
            throw InvalidRequest.UnsupportedTool(
                tool, "Use AIFunction or AIFunctionDeclaration. To use another tool, set toolConfig in ChatOptions.AdditionalProperties.");
        }

        bool? strict = RequestFields.StrictOf(function, options);
        var specification = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0) specification.Add("description", function.Description);
        JsonObject schema = RequestTools.ObjectSchema(strict is true ? AnthropicSchemas.Of(function) : function.JsonSchema);
        specification.Add("inputSchema", new JsonObject { ["json"] = schema });
        specification.Fill("strict", strict);
        return specification;
    }

    private static void FillFormat(JsonObject body, ChatOptions options)
    {
        if (options.ResponseFormat is not ChatResponseFormatJson format) return;
        if ((body["outputConfig"] as JsonObject)?["textFormat"] is not null) return;
        JsonNode schema = AnthropicSchemas.Of(format) ?? throw InvalidRequest.Options(
            "This API supports JSON only with a schema. Use ChatResponseFormat.ForJsonSchema, or request JSON in the instructions and "
            + "do not set ChatOptions.ResponseFormat.");
        var definition = new JsonObject { ["schema"] = JsonNodes.ToJsonText(schema), ["name"] = format.SchemaName ?? "answer" };
        definition.Fill("description", format.SchemaDescription);
        body.FillObject("outputConfig").Fill(
            "textFormat", new JsonObject { ["type"] = "json_schema", ["structure"] = new JsonObject { ["jsonSchema"] = definition } });
    }

    /// <summary>Sets what each family of models has its own parameters for: the number of candidates, and reasoning.</summary>
    private static void FillModelFields(JsonObject body, ChatOptions options, BedrockModel model)
    {
        var fields = new JsonObject();
        if (options.TopK is { } topK)
        {
            if (model.Claude.IsClaude) fields["top_k"] = topK;
            else if (model.IsNova) fields["inferenceConfig"] = new JsonObject { ["topK"] = topK };
        }

        if (options.Reasoning is { } reasoning)
        {
            if (model.Claude.IsClaude) FillThinking(fields, reasoning, model.Claude, options.MaxOutputTokens);
            else if (model.IsReasoningNova) fields["reasoningConfig"] = NovaReasoning(reasoning);
            else if (model.IsOpenAI && Effort(reasoning) is { } effort) fields["reasoning_effort"] = effort;
        }

        if (fields.Count == 0) return;
        JsonObject target = body.FillObject(ModelFields);
        foreach ((string name, JsonNode? value) in fields) target.Fill(name, value?.DeepClone());
    }

    private static void FillThinking(JsonObject fields, ReasoningOptions reasoning, ClaudeModel claude, int? limit)
    {
        if (claude.NeverThinks) return;
        if (reasoning.Effort is ReasoningEffort.None)
        {
            fields["thinking"] = new JsonObject { ["type"] = "disabled" };
        }
        else if (claude.ThinksAdaptively)
        {
            fields["thinking"] = new JsonObject { ["type"] = "adaptive" };
            if (Effort(reasoning) is { } effort) fields["output_config"] = new JsonObject { ["effort"] = effort };
        }
        else if (limit is null or > MinThinkingBudget)
        {
            // The budget must be less than the limit of the answer.
            int budget = reasoning.Effort switch
            {
                ReasoningEffort.Low => MinThinkingBudget,
                ReasoningEffort.High => 16_384,
                ReasoningEffort.ExtraHigh => 32_000,
                _ => 4_096,
            };
            fields["thinking"] = new JsonObject { ["type"] = "enabled", ["budget_tokens"] = Math.Min(budget, (limit ?? int.MaxValue) - 1) };
        }
    }

    private static JsonObject NovaReasoning(ReasoningOptions reasoning) => reasoning.Effort is ReasoningEffort.None
        ? new JsonObject { ["type"] = "disabled" }
        : new JsonObject { ["type"] = "enabled", ["maxReasoningEffort"] = Effort(reasoning) ?? "medium" };

    private static string? Effort(ReasoningOptions reasoning) => reasoning.Effort switch
    {
        ReasoningEffort.Low => "low",
        ReasoningEffort.Medium => "medium",
        ReasoningEffort.High or ReasoningEffort.ExtraHigh => "high",
        _ => null,
    };
}
