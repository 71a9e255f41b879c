using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>The body of a request to version 2 of Cohere's Chat API (docs.cohere.com/reference/chat-stream).</summary>
internal static class CohereRequest
{
    /// <summary>Makes the body, all but <c>stream</c>.</summary>
    /// <param name="messages">The conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null. Additional properties are fields of the body: <c>documents</c>, <c>citation_options</c>, <c>safety_mode</c>.</param>
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
        body.Add("messages", new CohereMessageWriter().Write(messages, options?.Instructions));
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
        // On or off is all that can be asked; how much is a budget of tokens (token_budget), for which no level stands.
        if (options.Reasoning?.Effort is { } effort) body.Fill("thinking", new JsonObject { ["type"] = effort == ReasoningEffort.None ? "disabled" : "enabled" });

        // Left out, on purpose: AllowMultipleToolCalls, for which there is no word; ConversationId, ContinuationToken and
        // AllowBackgroundResponses, since this API keeps no state between requests; Reasoning.Output, since it shows all it thought.
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
                isStrict |= function["strict"] is JsonValue value && value.TryGetValue(out bool strict) && strict;
                function.Remove("strict"); // it is asked of all tools, or of none
            }

            // A tool that has to be called cannot be named. Where it is the only one, it has to be it.
            if (options.ToolMode is RequiredChatToolMode { RequiredFunctionName: { } name }) Keep(tools, name);
            body.Fill("tools", tools.DeepClone());
            if (isStrict) body.Fill("strict_tools", true);
        }

        if (body.ContainsKey("tools")) body.Fill("tool_choice", options.ToolMode switch
        {
            NoneChatToolMode => "NONE",
            RequiredChatToolMode => "REQUIRED",
            _ => null, // that the model chooses is the default, and has no name
        });
    }

    private static void Keep(JsonArray tools, string name)
    {
        for (int i = tools.Count - 1; i >= 0; i--)
        {
            if (!string.Equals((string?)tools[i]!["function"]!["name"], name, StringComparison.Ordinal)) tools.RemoveAt(i);
        }

        if (tools.Count == 0) throw new ArgumentException($"ChatOptions.ToolMode requires the function \"{name}\", which is not among ChatOptions.Tools.", nameof(name));
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

/// <summary>Messages as Cohere has them: what was thought is a part of the content, and what was planned a field of its own.</summary>
internal sealed class CohereMessageWriter() : MessageWriter(reasoningField: null, takesNames: false)
{
    protected override JsonNode? NoContent => null;

    protected override JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => Part("text", text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => Image(data.Uri, data),
        UriContent link when link.HasTopLevelMediaType("image") => Image(link.Uri.OriginalString, link),
        _ => null,
    };

    protected override void Complete(JsonObject written, ChatMessage message)
    {
        // There is no word for a refusal. It is what was said.
        JsonNode? refusal = written["refusal"];
        written.Remove("refusal");
        bool isSilent = written["content"] is null || (written["content"] is JsonValue none && (string?)none is "");
        if (refusal is not null && isSilent) written["content"] = refusal;

        string plan = string.Concat(message.Contents.Select(content => ProviderContent.Read("cohere", content)?[CoherePlan.Field]).OfType<JsonValue>().Select(value => (string?)value));
        if (plan.Length > 0) written.Fill(CoherePlan.Field, plan);

        string reasoning = string.Concat(message.Contents.OfType<TextReasoningContent>().Select(content => content.Text));
        if (reasoning.Length > 0)
        {
            JsonNode? said = written["content"];
            written["content"] = null;
            var parts = said as JsonArray ?? [];
            if (said is JsonValue text && (string?)text is { Length: > 0 } words) parts.Add((JsonNode)Part("text", words));
            parts.Insert(0, Part("thinking", reasoning));
            written["content"] = parts;
        }

        if (written["content"] is null) written.Remove("content");
    }

    private static JsonObject Part(string type, JsonNode value) => new() { ["type"] = type, [type] = value };

    private static JsonObject Image(string url, AIContent content)
    {
        var image = new JsonObject { ["url"] = url };
        if (content.AdditionalProperties?.TryGetValue("detail", out object? detail) is true && JsonNodes.TryConvert(detail, out JsonNode? node)) image.Fill("detail", node);
        return Part("image_url", image);
    }
}
