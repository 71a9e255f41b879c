using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Requests in the format of Anthropic's Messages API.</summary>
internal sealed class AnthropicFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        AnthropicRequest.Build(messages, options, model, seed);

    public override void AskForStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true; // the usage comes by itself

    public override JsonNode? ResponseFormatOf(JsonObject body) => (body["output_config"] as JsonObject)?["format"];

    /// <summary>The limit stays as it is where a budget for thinking stands beneath it, which must be less than the limit.</summary>
    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["thinking"] is not JsonObject thinking || !HasText(thinking["type"], "enabled")) yield return (body, "max_tokens");
    }
}
