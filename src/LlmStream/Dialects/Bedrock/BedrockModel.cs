using System.Text.Json.Nodes;
using LlmStream.Dialects.Anthropic;
using LlmStream.Json;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// What a model supports, as far as its id shows: <c>us.anthropic.claude-sonnet-4-5-20250929-v1:0</c>, <c>amazon.nova-lite-v1:0</c>, or
/// an ARN that ends with one of these. The ARN of an application's inference profile shows nothing.
/// </summary>
internal readonly record struct BedrockModel(string Id)
{
    public ClaudeModel Claude => new(Id);

    /// <summary>Amazon Nova, whose second generation reasons.</summary>
    public bool IsNova => Has("amazon.nova-");

    public bool IsReasoningNova => Has("amazon.nova-2");

    /// <summary>OpenAI's open models, which take an effort.</summary>
    public bool IsOpenAI => Has("openai.");

    /// <summary>
    /// Whether the model continues a trailing assistant message: Claude before 4.6, and Nova
    /// (docs.aws.amazon.com/nova/latest/userguide/invoke.html). The models of other providers refuse one.
    /// </summary>
    public bool TakesPrefill => (Claude.IsClaude && !Claude.RefusesPrefill) || (IsNova && !IsReasoningNova);

    /// <summary>Whether a request turns on reasoning, of Claude or of Nova.</summary>
    public static bool Thinks(JsonObject body)
    {
        if (body["additionalModelRequestFields"] is not JsonObject fields) return false;
        JsonNode? type = ((fields["thinking"] ?? fields["reasoning_config"] ?? fields["reasoningConfig"]) as JsonObject)?["type"];
        return type.AsText() is "enabled" or "adaptive";
    }

    private bool Has(string part) => Id.Contains(part, StringComparison.OrdinalIgnoreCase);
}
