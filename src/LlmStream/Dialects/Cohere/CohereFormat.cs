using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>Requests to version 2 of Cohere's Chat API.</summary>
internal sealed class CohereFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        CohereRequest.Build(messages, options, model, seed);

    public override void AskForStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true;
}
