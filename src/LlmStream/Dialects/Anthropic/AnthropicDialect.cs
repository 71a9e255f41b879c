using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Anthropic's Messages API (platform.claude.com/docs/en/api/messages).</summary>
internal sealed class AnthropicDialect : Dialect
{
    /// <summary>The name, which is also the key of contents that only this API understands.</summary>
    public const string DialectName = "anthropic";

    private static readonly HashSet<string> EventTypes = new(StringComparer.Ordinal)
    {
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "ping",
    };

    public override string Name => DialectName;

    public override string EndMarker => "message_stop";

    /// <summary>Cached tokens are counted separately from input tokens.</summary>
    public override UsageFields UsageFields { get; } = new UsageFields(isCacheSeparate: true).And(UsageFields.Common);

    public override DialectConventions Conventions { get; } = new() { SendsEndMarker = true, EventTypes = EventTypes };

    public override IReadOnlyList<string> PrefillRefusals { get; } =
        ["prefill", "must end with a user message", "last message must", "must start with a thinking block"];

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new AnthropicDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head) => DialectRecognition.TypeOf(head) switch
    {
        "message" => RecognitionCertainty.Type, // an answer that was not streamed
        "error" when head.Has("error") && !head.Has("sequence_number") => RecognitionCertainty.Type,
        { } type when EventTypes.Contains(type) => RecognitionCertainty.Type,
        _ => RecognitionCertainty.None,
    };

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        AnthropicRequest.Build(conversation, options, model, seed);

    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage) =>
        body["stream"] = true; // usage is always sent

    public override JsonNode? ResponseFormatOf(JsonObject body) => (body["output_config"] as JsonObject)?["format"];

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body) => [(body, "max_tokens")];

    /// <summary>A budget for reasoning must be less than the limit.</summary>
    public override long MinimumLimitOf(JsonObject body) =>
        body["thinking"] is JsonObject thinking && thinking["type"].Is("enabled") && thinking["budget_tokens"].AsInt64() is { } budget
            ? budget + 1
            : 1;

    /// <summary>Claude from 4.6 on, and while it thinks, refuses a trailing assistant message.</summary>
    public override bool RefusesPrefill(ChatContinuation how, JsonObject body) =>
        how == ChatContinuation.Prefill && (new ClaudeModel(ModelOf(body)).RefusesPrefill || Thinks(body));

    /// <summary>An answer that began with reasoning can be continued only together with that reasoning.</summary>
    public override bool TakesPrefillAfterReasoning(ChatContinuation how) =>
        how is not (ChatContinuation.PartialFlag or ChatContinuation.Prefill);

    /// <summary>As Anthropic advises for models without prefill (platform.claude.com/docs, prompting best practices).</summary>
    public override bool QuotesPartialAnswer(string model) => new ClaudeModel(model).IsClaude;

    private static bool Thinks(JsonObject body) =>
        (body["thinking"] as JsonObject)?["type"].AsText() is "enabled" or "adaptive";
}
