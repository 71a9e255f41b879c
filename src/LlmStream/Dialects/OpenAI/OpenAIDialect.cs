using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Anthropic;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Chat Completions (platform.openai.com/docs/api-reference/chat), as OpenAI and many other providers implement them.</summary>
internal sealed class OpenAIDialect : Dialect
{
    public override string Name => "openai";

    public override DialectConventions Conventions { get; } = new()
    {
        SendsEndMarker = true, UsageField = "stream_options.include_usage",
    };

    public override bool IsFallback => true;

    /// <summary>Also parts of the messages of llama.cpp, Mistral, DeepSeek, Qwen, and vLLM.</summary>
    public override IReadOnlyList<string> PrefillRefusals { get; } =
    [
        "prefill", "must end with a user message", "last message must", "must start with a thinking block",
        "incompatible with enable_thinking", "Expected last role", "continue_final_message", "prefix", "partial mode",
        "does not support partial", "'partial'", "2 or more assistant messages",
        "roles must alternate", // the chat templates of Llama 2, Mistral, and Gemma
    ];

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new OpenAIDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head) =>
        head.Has("choices")
        || head.Object("final_result")?.Has("choices") is true
        || head.Object("orchestration_result")?.Has("choices") is true
            ? RecognitionCertainty.Field
            : RecognitionCertainty.None;

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        OpenAIRequest.Build(conversation, options, model, seed, provider.RequestStyle);

    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage)
    {
        body["stream"] = true;
        if (!requestUsage || !provider.UsageMustBeRequested || body["stream_options"]?["include_usage"] is not null) return;
        if (body["stream_options"] is JsonObject options) options["include_usage"] = true;
        else body["stream_options"] = new JsonObject { ["include_usage"] = true };
    }

    /// <summary>
    /// Qwen's thinking models accept no partial message (help.aliyun.com/zh/model-studio/partial-mode). DeepSeek documents the prefix for
    /// its chat model only. Claude, from 4.6 on and if thinking is enabled, refuses a trailing assistant message through any gateway, and
    /// so do OpenAI's models.
    /// </summary>
    public override bool RefusesPrefill(ChatContinuation how, JsonObject body)
    {
        string model = ModelOf(body).ToLowerInvariant();
        return how switch
        {
            ChatContinuation.PartialFlag => RefusesPartialFlag(model, body),
            ChatContinuation.PrefixFlag =>
                model.Contains("reasoner", StringComparison.Ordinal) || model.StartsWith("magistral", StringComparison.Ordinal),
            ChatContinuation.Prefill =>
                new ClaudeModel(model).RefusesPrefill || Thinks(body) || model.Contains("openai/", StringComparison.Ordinal),
            _ => false,
        };
    }

    public override bool QuotesPartialAnswer(string model) => new ClaudeModel(model).IsClaude;

    /// <summary>Whether Qwen's partial mode is refused, by this API and by DashScope's native one.</summary>
    internal static bool RefusesPartialFlag(string model, JsonObject body) =>
        model.Contains("thinking", StringComparison.Ordinal) || model.StartsWith("qwq", StringComparison.Ordinal)
        || IsOn(body, "enable_thinking");

    /// <summary>Whether thinking is enabled for Claude: its answer must begin with a thinking block then, not with text.</summary>
    private static bool Thinks(JsonObject body) =>
        (body["thinking"] as JsonObject)?["type"].AsText() is "enabled" or "adaptive";

    private static bool IsOn(JsonObject body, string field) =>
        (body[field] ?? (body["parameters"] as JsonObject)?[field]).AsBool() is true;
}
