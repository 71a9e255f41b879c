using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Dialects.OpenAI;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.DashScope;

/// <summary>The native format of Alibaba Cloud's DashScope (help.aliyun.com/zh/model-studio). A header requests a stream.</summary>
internal sealed class DashScopeDialect : Dialect
{
    public override string Name => "dashscope";

    /// <summary>Streams are incremental or cumulative, as requested.</summary>
    public override ChatTextMode TextMode => ChatTextMode.Auto;

    /// <summary>Every event has one type, and states the HTTP status in a comment.</summary>
    public override DialectConventions Conventions { get; } = new()
    {
        EventTypes = new HashSet<string>(StringComparer.Ordinal) { "result" },
        Comments = new HashSet<string>(StringComparer.Ordinal) { "HTTP_STATUS/200" },
    };

    public override IReadOnlyList<string> PrefillRefusals { get; } =
        ["prefill", "last message must", "incompatible with enable_thinking", "partial mode", "does not support partial", "'partial'"];

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new DashScopeDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head)
    {
        bool isError = head.Has("code") && head.Has("message") && head.Has("request_id") && !head.Has("error");
        return head.Has("output") || isError ? RecognitionCertainty.Combination : RecognitionCertainty.None;
    }

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        DashScopeRequest.Build(conversation, options, model, seed);

    public override RequestDescription DescribeRequest(JsonObject body, LlmProvider provider)
    {
        string path = provider.ChatPath;
        if (DashScopeRequest.IsMultimodal(body))
            path = path.Replace("/text-generation/", "/multimodal-generation/", StringComparison.Ordinal);
        return Post(path, body);
    }

    public override JsonArray? MessagesOf(JsonObject body) => (body["input"] as JsonObject)?["messages"] as JsonArray;

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["parameters"] is JsonObject parameters) yield return (parameters, "max_tokens");
    }

    public override bool RefusesPrefill(ChatContinuation how, JsonObject body) =>
        how == ChatContinuation.PartialFlag && OpenAIDialect.RefusesPartialFlag(ModelOf(body).ToLowerInvariant(), body);
}
