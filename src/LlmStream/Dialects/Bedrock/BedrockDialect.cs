using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.Anthropic;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// Amazon Bedrock's ConverseStream (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html): requests in JSON,
/// streams in a binary framing. The address names the model.
/// </summary>
internal sealed class BedrockDialect : Dialect
{
    /// <summary>The name, which is also the key of contents that only this API understands.</summary>
    public const string DialectName = "bedrock";

    public override string Name => DialectName;

    public override string EndMarker => "metadata";

    public override string Accept => "application/vnd.amazon.eventstream";

    public override BinaryFraming Framing => EventStreamFraming.Instance;

    /// <summary>
    /// docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html. The reasons that begin with
    /// <c>malformed</c> mean that the output of the model was unusable.
    /// </summary>
    public override FinishReasonNames FinishReasons { get; } = new()
    {
        Stop = ["end_turn", "stop_sequence", "stop"],
        Length = ["max_tokens", "model_context_window_exceeded", "length"],
        ToolCalls = ["tool_use", "tool_calls"],
        ContentFilter = ["guardrail_intervened", "content_filtered", "content_filter"],
        Failure = ["malformed_model_output", "malformed_tool_use", "error"],
    };

    /// <summary>Cached tokens are counted separately from input tokens.</summary>
    public override UsageFields UsageFields { get; } = new(isCacheSeparate: true)
    {
        { UsageCount.Input, "inputTokens" },
        { UsageCount.Output, "outputTokens" },
        { UsageCount.Total, "totalTokens" },
        { UsageCount.Cached, "cacheReadInputTokens" },
        { UsageCount.CacheCreation, "cacheWriteInputTokens" },
    };

    public override DialectConventions Conventions { get; } = new() { SendsEndMarker = true, EventTypes = null };

    public override IReadOnlyList<string> PrefillRefusals { get; } =
    [
        "prefill", "must end with a user message", "last message must", "last turn in the conversation",
        "must start with a thinking block",
    ];

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new BedrockDecoder(this, answer, observer);

    /// <summary>Events that are named by a field, as they are logged.</summary>
    public override RecognitionCertainty Recognize(JsonHead head) =>
        head.HasAny("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop")
            ? RecognitionCertainty.Field
            : RecognitionCertainty.None;

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        BedrockRequest.Build(conversation, options, model, seed);

    /// <summary>The id of a model may be an ARN with slashes: it is one segment of the path.</summary>
    public override RequestDescription DescribeRequest(JsonObject body, LlmProvider provider)
    {
        string model = ModelOf(body) is { Length: > 0 } named ? named
            : provider.DefaultModel ?? throw new ArgumentException(
                "The body names no \"model\", and Bedrock's address needs one. Set it: "
                + "it becomes part of the address, not of the body that is sent.",
                nameof(body));
        var sent = (JsonObject)body.DeepClone();
        sent.Remove("model");
        return Post(provider.ChatPath.Replace("{model}", Uri.EscapeDataString(model), StringComparison.Ordinal), sent);
    }

    public override bool Signs(string? key) => SigningKey.TryParse(key) is not null;

    /// <summary>Signs the request if the key is <c>accessKeyId:secretAccessKey</c>. Any other key is sent as a bearer token.</summary>
    public override ValueTask AuthenticateAsync(RequestAuthentication request, CancellationToken cancellationToken)
    {
        if (SigningKey.TryParse(request.Key) is not { } key) return base.AuthenticateAsync(request, cancellationToken);
        AwsSignature.Sign(request, key, "bedrock", AwsSignature.RegionOf(request.Address.Host));
        return default;
    }

    public override JsonObject CreateMessage(bool isAssistant, string text) => new()
    {
        ["role"] = isAssistant ? "assistant" : "user",
        ["content"] = new JsonArray(new JsonObject { ["text"] = text }),
    };

    /// <summary>A budget for reasoning must be less than the limit, so the limit stays as it is if there is one.</summary>
    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["inferenceConfig"] is JsonObject config && !BedrockModel.Thinks(body)) yield return (config, "maxTokens");
    }

    public override JsonNode? ResponseFormatOf(JsonObject body) => (body["outputConfig"] as JsonObject)?["textFormat"];

    public override bool RefusesPrefill(ChatContinuation how, JsonObject body) =>
        how == ChatContinuation.Prefill && (!new BedrockModel(ModelOf(body)).TakesPrefill || BedrockModel.Thinks(body));

    /// <summary>An answer that began with reasoning can be continued only together with that reasoning.</summary>
    public override bool TakesPrefillAfterReasoning(ChatContinuation how) =>
        how is not (ChatContinuation.PartialFlag or ChatContinuation.Prefill);

    public override bool QuotesPartialAnswer(string model) => new ClaudeModel(model).IsClaude;
}
