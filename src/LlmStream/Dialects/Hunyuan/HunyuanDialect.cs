using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Hunyuan;

/// <summary>
/// The native format of Tencent Cloud's Hunyuan (cloud.tencent.com/document/product/1729) and LKEAP. Its requests are signed. Their
/// bodies are the caller's.
/// </summary>
internal sealed class HunyuanDialect : Dialect
{
    public override string Name => "hunyuan";

    public override UsageFields UsageFields { get; } = new UsageFields
    {
        { UsageCount.Input, "PromptTokens", "InputTokens" },
        { UsageCount.Output, "CompletionTokens", "OutputTokens" },
        { UsageCount.Total, "TotalTokens" },
    }.And(UsageFields.Common);

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new HunyuanDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head) =>
        head.HasAny("Choices", "Response") ? RecognitionCertainty.Field : RecognitionCertainty.None;

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        throw InvalidRequest.Messages(
            "Requests to Hunyuan's native API are not built from messages. Use LlmProvider.Hunyuan, the compatible API, or pass a "
            + "JsonObject, which is signed if the key is \"SecretId:SecretKey\".");

    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["Stream"] = true;

    public override bool Signs(string? key) => SigningKey.TryParse(key) is not null;

    /// <summary>Signs the request if the key is <c>SecretId:SecretKey</c>. Any other key is sent as it is, as LKEAP takes it.</summary>
    public override ValueTask AuthenticateAsync(RequestAuthentication request, CancellationToken cancellationToken)
    {
        if (SigningKey.TryParse(request.Key) is not { } key) return base.AuthenticateAsync(request, cancellationToken);
        bool isLkeap = TencentSignature.ServiceOf(request.Address) == "lkeap";
        TencentSignature.Sign(request, key, "ChatCompletions", isLkeap ? "2024-05-22" : "2023-09-01");
        return default;
    }

    public override JsonArray? MessagesOf(JsonObject body) => body["Messages"] as JsonArray;

    public override JsonObject CreateMessage(bool isAssistant, string text) =>
        new() { ["Role"] = isAssistant ? "assistant" : "user", ["Content"] = text };

    public override bool IsFrom(bool isAssistant, JsonObject message) => message["Role"].Is(isAssistant ? "assistant" : "user");

    public override string TextOf(JsonObject message) => ToText(message["Content"]);

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body) => [];
}
