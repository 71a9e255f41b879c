using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.DashScope;

/// <summary>Requests in DashScope's own format. A stream is asked for by a header.</summary>
internal sealed class DashScopeFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        DashScopeRequest.Build(messages, options, model, seed);

    public override (string Path, JsonObject Wire) Address(JsonObject body, LlmProvider provider) =>
        (DashScopeRequest.IsMultimodal(body) ? provider.ChatPath.Replace("/text-generation/", "/multimodal-generation/", StringComparison.Ordinal) : provider.ChatPath, body);

    public override JsonArray? MessagesOf(JsonObject body) => (body["input"] as JsonObject)?["messages"] as JsonArray;

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["parameters"] is JsonObject parameters) yield return (parameters, "max_tokens");
    }
}
