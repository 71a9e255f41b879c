using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Requests in the format of OpenAI's Chat Completions.</summary>
internal sealed class OpenAIFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        OpenAIRequest.Build(messages, options, model, seed, provider.RequestStyle);

    public override void AskForStream(JsonObject body, LlmProvider provider, bool requestUsage)
    {
        body["stream"] = true;
        if (!requestUsage || !provider.UsageMustBeRequested || body["stream_options"]?["include_usage"] is not null) return;
        if (body["stream_options"] is JsonObject options) options["include_usage"] = true;
        else body["stream_options"] = new JsonObject { ["include_usage"] = true };
    }
}

/// <summary>Requests to applications with a small format of their own: whatever they take, it is likely to look like OpenAI's.</summary>
internal sealed class TokensFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        OpenAIRequest.Build(messages, options, model, seed, provider.RequestStyle);
}
