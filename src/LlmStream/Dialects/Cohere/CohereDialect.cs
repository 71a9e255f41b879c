using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>Cohere's Chat API: version 2, and streams of version 1 (docs.cohere.com/reference/chat-stream).</summary>
internal sealed class CohereDialect : Dialect
{
    private static readonly HashSet<string> EventTypes = new(StringComparer.Ordinal)
    {
        // version 2
        "message-start", "message-end", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start",
        "tool-call-delta", "tool-call-end", "citation-start", "citation-end",

        // version 1
        "stream-start", "stream-end", "text-generation", "tool-calls-generation", "tool-calls-chunk", "citation-generation",
        "search-queries-generation", "search-results",
    };

    public override string Name => "cohere";

    /// <summary>The counted tokens include the template of the prompt, the billed ones do not.</summary>
    public override UsageFields UsageFields { get; } = new UsageFields
    {
        { UsageFields.Common, "tokens" },
        {
            new UsageFields
            {
                { UsageCount.BilledInput, "input_tokens" },
                { UsageCount.BilledOutput, "output_tokens" },
                { UsageCount.BilledSearches, "search_units" },
            },
            "billed_units"
        },
    }.And(UsageFields.Common);

    public override DialectConventions Conventions { get; } = new() { EventTypes = null };

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new CohereDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head) =>
        head.Has("generation_id") ? RecognitionCertainty.Field
        : DialectRecognition.TypeOf(head) is { } type && EventTypes.Contains(type) ? RecognitionCertainty.Type
        : head.Has("finish_reason") && head.Has("message") ? RecognitionCertainty.Combination // an answer in one piece
        : RecognitionCertainty.None;

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        CohereRequest.Build(conversation, options, model, seed);

    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true;
}
