using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>
/// Ollama's native format (docs.ollama.com/api): <c>chat</c>, or <c>generate</c> for a body that has a prompt and no messages.
/// </summary>
internal sealed class OllamaDialect : Dialect
{
    public override string Name => "ollama";

    public override string EndMarker => "\"done\":true";

    public override UsageFields UsageFields { get; } = new()
    {
        { UsageCount.Input, "prompt_eval_count" },
        { UsageCount.Output, "eval_count" },
        { UsageCount.TotalDuration, "total_duration" },
        { UsageCount.LoadDuration, "load_duration" },
        { UsageCount.PromptEvalDuration, "prompt_eval_duration" },
        { UsageCount.EvalDuration, "eval_duration" },
    };

    public override DialectConventions Conventions { get; } = new() { SendsEndMarker = true, UsesJsonLines = true };

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new OllamaDecoder(this, answer, observer);

    /// <summary>Every line says whether it is the last, and names the model.</summary>
    public override RecognitionCertainty Recognize(JsonHead head) =>
        head.Has("done") && head.Has("model") ? RecognitionCertainty.Combination : RecognitionCertainty.None;

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        OllamaRequest.Build(conversation, options, model, seed);

    // This API streams by default. Sent nevertheless, because some gateways have a different default.
    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true;

    public override RequestDescription DescribeRequest(JsonObject body, LlmProvider provider)
    {
        bool isGenerate = body["messages"] is null && body["prompt"] is not null
            && provider.ChatPath.EndsWith("chat", StringComparison.Ordinal);
        return Post(isGenerate ? provider.ChatPath[..^"chat".Length] + "generate" : provider.ChatPath, body);
    }

    // "json", or the schema itself.
    public override bool RequestsJson(JsonObject body) => body["format"] is JsonObject || body["format"].Is("json");

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["options"] is JsonObject options) yield return (options, "num_predict");
    }
}
