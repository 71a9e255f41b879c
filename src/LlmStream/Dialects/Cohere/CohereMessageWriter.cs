using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>Writes Cohere's messages: reasoning is a part of the content, and a tool plan is a separate field.</summary>
internal sealed class CohereMessageWriter() : MessageWriter(reasoningField: null, takesNames: false)
{
    protected override JsonNode? NoContent => null;

    protected override JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => MessageParts.Part("text", text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => MessageParts.Image(data.Uri, data),
        UriContent link when link.HasTopLevelMediaType("image") => MessageParts.Image(link.Uri.OriginalString, link),
        _ => null,
    };

    protected override void Complete(JsonObject message, ConversationTurn turn)
    {
        // There is no field for a refusal, so it becomes the text.
        message.Remove("refusal");
        bool hasText = message["content"] is JsonArray || message["content"].AsText() is { Length: > 0 };
        if (!hasText && turn.Refusal.Length > 0) message["content"] = turn.Refusal;

        string plan = string.Concat(turn.Contents.Select(content => ProviderContent.Read("cohere", content)?[CoherePlan.Field].AsText()));
        if (plan.Length > 0) message.Fill(CoherePlan.Field, plan);
        if (turn.Reasoning.Length > 0) message["content"] = AddReasoning(message["content"], turn.Reasoning);
        if (message["content"] is null) message.Remove("content");
    }

    private static JsonArray AddReasoning(JsonNode? content, string reasoning)
    {
        var parts = new JsonArray(MessageParts.Part("thinking", reasoning));
        if (content.AsText() is { Length: > 0 } text) parts.Add((JsonNode)MessageParts.Part("text", text));
        foreach (JsonNode? part in content as JsonArray ?? []) parts.Add(part?.DeepClone());
        return parts;
    }
}
