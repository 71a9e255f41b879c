using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Hunyuan;

/// <summary>Requests in Hunyuan's own format, which only the caller can make: the API wants them signed.</summary>
internal sealed class HunyuanFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        throw new ArgumentException("Hunyuan's own API signs its requests, which is not done here. Ask LlmProvider.Hunyuan, its compatible API, or send a JsonObject.", nameof(messages));

    public override JsonArray? MessagesOf(JsonObject body) => body["Messages"] as JsonArray;

    public override JsonObject Message(bool isAssistant, string text) => new() { ["Role"] = isAssistant ? "assistant" : "user", ["Content"] = text };

    public override bool IsOf(bool isAssistant, JsonObject message) => HasText(message["Role"], isAssistant ? "assistant" : "user");

    public override string TextOf(JsonObject message) => ToText(message["Content"]);

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body) => [];
}
