using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>Requests in Ollama's own format: <c>chat</c>, or <c>generate</c> for a body of the caller's that has a prompt and no messages.</summary>
internal sealed class OllamaFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        OllamaRequest.Build(messages, options, model, seed);

    // That it streams is this API's default. Said all the same: gateways have been seen to have another.
    public override void AskForStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true;

    public override (string Path, JsonObject Wire) Address(JsonObject body, LlmProvider provider)
    {
        bool isGenerate = body["messages"] is null && body["prompt"] is not null && provider.ChatPath.EndsWith("chat", StringComparison.Ordinal);
        return (isGenerate ? provider.ChatPath[..^"chat".Length] + "generate" : provider.ChatPath, body);
    }

    // "json", or the schema itself.
    public override bool WantsJson(JsonObject body) => body["format"] is JsonObject || HasText(body["format"], "json");

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["options"] is JsonObject options) yield return (options, "num_predict");
    }
}
