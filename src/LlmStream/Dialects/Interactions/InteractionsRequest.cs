using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Interactions;

/// <summary>
/// Builds the body of a request for an interaction (ai.google.dev/api/interactions-api; googleapis/python-genai,
/// types/interaction_create_params.py and generation_config_param.py; vercel/ai, packages/google, google-interactions-prompt.ts).
/// </summary>
internal static class InteractionsRequest
{
    /// <summary>Builds the body without <c>stream</c>: see <see cref="Dialect.BuildRequest"/>.</summary>
    /// <remarks>If the options name an interaction, the messages are only those after it.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, Uri address)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "input");
        (JsonArray steps, string? instruction) = InteractionsMessageWriter.Write(conversation, address);
        body.Add("input", steps);
        body.Fill("system_instruction", instruction);
        if (options is null) return body;

        if (!string.IsNullOrEmpty(options.ConversationId)) body.Fill("previous_interaction_id", options.ConversationId);
        FillFormat(body, options.ResponseFormat);
        if (options.Tools is { Count: > 0 } tools && !body.ContainsKey("tools")) body.Add("tools", Declare(tools));
        JsonObject config = body.FillObject("generation_config");
        config.Fill("max_output_tokens", options.MaxOutputTokens);
        config.Fill("stop_sequences", RequestFields.Stop(options));
        config.Fill("temperature", options.Temperature);
        config.Fill("top_p", options.TopP);
        config.Fill("seed", options.Seed);
        FillThinking(config, options.Reasoning);
        // Without functions it is refused.
        bool hasFunction = (body["tools"] as JsonArray)?.Any(tool => (tool as JsonObject)?["type"].Is("function") is true) is true;
        if (hasFunction) config.Fill("tool_choice", Choice(options.ToolMode));
        if (config.Count == 0) body.Remove("generation_config");
#pragma warning disable MEAI001 // experimental: the property may change
        body.Fill("background", options.AllowBackgroundResponses);
#pragma warning restore MEAI001

        // Intentionally ignored: TopK, FrequencyPenalty, PresencePenalty, and AllowMultipleToolCalls, which have no equivalent;
        // ContinuationToken, with which no request is built but a kept answer replayed.
        return body;
    }

    /// <summary>Since May 2026 a list with an entry for each modality.</summary>
    private static void FillFormat(JsonObject body, ChatResponseFormat? format)
    {
        if (format is not ChatResponseFormatJson json) return; // text is the default
        var entry = new JsonObject { ["type"] = "text", ["mime_type"] = "application/json" };
        if (json.Schema is { } schema) entry["schema"] = JsonNodes.FromElement(schema);
        body.Fill("response_format", new JsonArray(entry));
    }

    private static void FillThinking(JsonObject config, ReasoningOptions? reasoning)
    {
        if (reasoning?.Effort is null && reasoning?.Output is null) return;
        config.Fill("thinking_level", reasoning.Effort switch
        {
            null => null,
            ReasoningEffort.None => "minimal", // reasoning cannot be turned off
            ReasoningEffort.Low => "low",
            ReasoningEffort.Medium => "medium",
            _ => "high",
        });
        // If the caller requests reasoning, it is returned unless the caller says otherwise.
        bool isReturned = reasoning.Output is { } output ? output != ReasoningOutput.None : reasoning.Effort != ReasoningEffort.None;
        config.Fill("thinking_summaries", isReturned ? "auto" : "none");
    }

    private static JsonArray Declare(IList<AITool> tools) => new([.. tools.Select(tool => (JsonNode)(tool switch
    {
        AIFunctionDeclaration function => new JsonObject
        {
            ["type"] = "function",
            ["name"] = function.Name,
            ["description"] = function.Description,
            ["parameters"] = RequestTools.ObjectSchema(function.JsonSchema),
        },
        HostedWebSearchTool => new JsonObject { ["type"] = "google_search" },
        HostedCodeInterpreterTool => new JsonObject { ["type"] = "code_execution" },
        // Refused rather than ignored: without the tool the answers would be worse, and nothing would show why.
        _ => throw InvalidRequest.UnsupportedTool(
            tool,
            "Use AIFunction, AIFunctionDeclaration, HostedWebSearchTool, or HostedCodeInterpreterTool. To use any other built-in tool, set "
            + "\"tools\", with all tools, in ChatOptions.AdditionalProperties."),
    }))]);

    private static JsonNode? Choice(ChatToolMode? mode) => mode switch
    {
        AutoChatToolMode => "auto",
        NoneChatToolMode => "none",
        RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject
        {
            ["allowed_tools"] = new JsonObject { ["mode"] = "validated", ["tools"] = RequestFields.Array([name]) },
        },
        RequiredChatToolMode => "any",
        _ => null,
    };
}
