using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// Google's Gemini API (ai.google.dev/api/generate-content), also through Vertex AI. The address names the model and requests a stream.
/// </summary>
internal sealed class GeminiDialect : Dialect
{
    private const string Models = "models/";

    public override string Name => "gemini";

    /// <summary>Each count has a name in JSON, and one of the protocol buffers.</summary>
    /// <remarks>The count of reasoning tokens is not included in that of the candidates.</remarks>
    public override UsageFields UsageFields { get; } = CreateUsageFields();

    public override DialectConventions Conventions { get; } = new() { UsesCarriageReturns = true };

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new GeminiDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head)
    {
        if (HasChunkFields(head) || (head.Object("response") is { } wrapped && HasChunkFields(wrapped)))
            return RecognitionCertainty.Field; // Code Assist wraps chunks
        return head.Object("error") is { } error && IsGoogleError(error) ? RecognitionCertainty.Combination : RecognitionCertainty.None;
    }

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        GeminiRequest.Build(conversation, options, model, seed, provider.BaseAddress);

    public override RequestDescription DescribeRequest(JsonObject body, LlmProvider provider)
    {
        string model = ModelOf(body) is { Length: > 0 } named ? named
            : provider.DefaultModel ?? throw new ArgumentException(
                "The body names no \"model\", and Gemini's address needs one. Set it: "
                + "it becomes part of the address, not of the body that is sent.",
                nameof(body));
        var sent = (JsonObject)body.DeepClone();
        sent.Remove("model");

        // "gemini-…", "models/gemini-…", and names with another collection: "tunedModels/…".
        string path = provider.ChatPath;
        if (model.StartsWith(Models, StringComparison.Ordinal)) model = model[Models.Length..];
        else if (model.Contains('/', StringComparison.Ordinal) && path.StartsWith(Models, StringComparison.Ordinal))
            path = path[Models.Length..];
        return Post(PathTemplate.Expand(path, model, isHierarchical: true), sent);
    }

    public override JsonArray? MessagesOf(JsonObject body) => body["contents"] as JsonArray;

    public override JsonObject CreateMessage(bool isAssistant, string text) =>
        new() { ["role"] = isAssistant ? "model" : "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) };

    // A content without a role is the user's.
    public override bool IsFrom(bool isAssistant, JsonObject message) =>
        message["role"].Is(isAssistant ? "model" : "user") || (!isAssistant && message["role"] is null);

    public override string TextOf(JsonObject message) => message["parts"] switch
    {
        JsonArray parts => string.Concat(
            parts.OfType<JsonObject>().Where(part => part["thought"] is null).Select(part => ToText(part["text"]))),
        JsonObject part => ToText(part["text"]),
        _ => "",
    };

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (ConfigOf(body) is not { } config) yield break;
        yield return (config, "maxOutputTokens");
        yield return (config, "max_output_tokens");
    }

    public override long? ChoicesOf(JsonObject body) => (ConfigOf(body)?["candidateCount"] ?? ConfigOf(body)?["candidate_count"]).AsInt64();

    public override bool RequestsJson(JsonObject body) =>
        (ConfigOf(body)?["responseMimeType"] ?? ConfigOf(body)?["response_mime_type"]).AsText() is { } type
        && !type.StartsWith("text/plain", StringComparison.Ordinal);

    /// <summary>A model that reasons starts to reason again instead of continuing.</summary>
    public override bool RefusesPrefill(ChatContinuation how, JsonObject body) =>
        how == ChatContinuation.Prefill && GeminiModels.Thinks(body);

    public override bool TakesPrefillAfterReasoning(ChatContinuation how) =>
        how is not (ChatContinuation.PartialFlag or ChatContinuation.Prefill);

    private static UsageFields CreateUsageFields()
    {
        var fields = new UsageFields(isReasoningSeparate: true)
        {
            { UsageCount.Input, "promptTokenCount", "prompt_token_count" },
            { UsageCount.Output, "candidatesTokenCount", "candidates_token_count" },
            { UsageCount.Total, "totalTokenCount", "total_token_count" },
            { UsageCount.Cached, "cachedContentTokenCount", "cached_content_token_count" },
            { UsageCount.Reasoning, "thoughtsTokenCount", "thoughts_token_count" },
            { UsageCount.ToolUse, "toolUsePromptTokenCount", "tool_use_prompt_token_count" },
        };
        fields.AddModalities(UsageCount.InputAudio, "promptTokensDetails");
        fields.AddModalities(UsageCount.OutputAudio, "candidatesTokensDetails", "candidates_tokens_details");
        return fields;
    }

    private static bool HasChunkFields(JsonHead head) => head.HasAny("candidates", "promptFeedback", "usageMetadata", "usage_metadata");

    /// <summary>Whether an error has a numeric code and a status such as <c>NOT_FOUND</c> (cloud.google.com/apis/design/errors).</summary>
    private static bool IsGoogleError(JsonHead error) =>
        error.IsNumber("code") && error.Text("status") is { Length: > 0 } status && status.All(c => char.IsAsciiLetterUpper(c) || c == '_');

    // The API also accepts the names of its protocol buffers.
    private static JsonObject? ConfigOf(JsonObject body) => (body["generationConfig"] ?? body["generation_config"]) as JsonObject;
}
