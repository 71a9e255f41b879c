using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>Builds the body of a request to version 2 of Cohere's Chat API (docs.cohere.com/reference/chat-stream).</summary>
internal static class CohereRequest
{
    /// <summary>Builds the body without <c>stream</c>: see <see cref="Dialect.BuildRequest"/>.</summary>
    /// <remarks>Additional properties are fields of the body: <c>documents</c>, <c>citation_options</c>, <c>safety_mode</c>.</remarks>
    public static JsonObject Build(Conversation conversation, ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Begin(seed, options, model, "messages");
        body.Add("messages", new CohereMessageWriter().Write(conversation));
        if (options is null) return body;

        FillTools(body, options);
        body.Fill("response_format", ResponseFormat(options.ResponseFormat));
        body.Fill("max_tokens", options.MaxOutputTokens);
        body.Fill("stop_sequences", RequestFields.Stop(options));
        body.Fill("temperature", options.Temperature);
        body.Fill("p", options.TopP);
        body.Fill("k", options.TopK);
        body.Fill("frequency_penalty", options.FrequencyPenalty);
        body.Fill("presence_penalty", options.PresencePenalty);
        body.Fill("seed", options.Seed);
        // Reasoning is either on or off. An effort cannot be requested, only a budget of tokens (token_budget).
        if (options.Reasoning?.Effort is { } effort)
            body.Fill("thinking", new JsonObject { ["type"] = effort == ReasoningEffort.None ? "disabled" : "enabled" });

        // Intentionally ignored: AllowMultipleToolCalls, which has no equivalent; ConversationId, ContinuationToken, and
        // AllowBackgroundResponses, because this API keeps no state between requests; Reasoning.Output, because all reasoning is returned.
        return body;
    }

    private static void FillTools(JsonObject body, ChatOptions options)
    {
        var fields = new JsonObject();
        RequestTools.Fill(fields, options, webSearchField: null);
        if (fields["tools"] is JsonArray tools)
        {
            bool isStrict = false;
            foreach (JsonObject function in tools.Select(tool => (JsonObject)tool!["function"]!))
            {
                isStrict |= function["strict"].AsBool() is true;
                function.Remove("strict"); // a setting of all tools together
            }

            // The tool that must be called cannot be named, so only this tool is sent.
            if (options.ToolMode is RequiredChatToolMode { RequiredFunctionName: { } name }) RemoveOthers(tools, name);
            body.Fill("tools", tools.DeepClone());
            if (isStrict) body.Fill("strict_tools", true);
        }

        if (!body.ContainsKey("tools")) return;
        body.Fill("tool_choice", options.ToolMode switch
        {
            NoneChatToolMode => "NONE",
            RequiredChatToolMode => "REQUIRED",
            _ => null, // by default the model chooses
        });
    }

    private static void RemoveOthers(JsonArray tools, string name)
    {
        for (int i = tools.Count - 1; i >= 0; i--)
        {
            if (!tools[i]!["function"]!["name"].Is(name)) tools.RemoveAt(i);
        }

        if (tools.Count > 0) return;
        throw InvalidRequest.Options($"ChatOptions.ToolMode requires the function \"{name}\", which ChatOptions.Tools does not contain.");
    }

    private static JsonObject? ResponseFormat(ChatResponseFormat? format)
    {
        switch (format)
        {
            case ChatResponseFormatText: return new JsonObject { ["type"] = "text" };
            case ChatResponseFormatJson json:
                var written = new JsonObject { ["type"] = "json_object" };
                if (json.Schema is { } schema) written.Add("json_schema", JsonNodes.FromElement(schema));
                return written;
            default: return null;
        }
    }
}
