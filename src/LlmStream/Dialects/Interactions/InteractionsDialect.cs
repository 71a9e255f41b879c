using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Interactions;

/// <summary>
/// The Interactions API of Google's Gemini (ai.google.dev/gemini-api/docs/interactions), in the revision of 2026-05-20: conversations and
/// answers consist of steps.
/// </summary>
internal sealed class InteractionsDialect : Dialect
{
    // The types of steps (googleapis/python-genai, google/genai/_interactions/types). Contents have other types.
    private static readonly string[] StepTypes =
        ["user_input", "model_output", "thought", "function_call", "function_result"];

    public override string Name => "interactions";

    /// <summary>The count of reasoning tokens is not included in that of the output (googleapis/python-genai, types/usage.py).</summary>
    public override UsageFields UsageFields { get; } = new(isReasoningSeparate: true)
    {
        { UsageCount.Input, "total_input_tokens" },
        { UsageCount.Output, "total_output_tokens" },
        { UsageCount.Total, "total_tokens" },
        { UsageCount.Cached, "total_cached_tokens" },
        { UsageCount.Reasoning, "total_thought_tokens" },
        { UsageCount.ToolUse, "total_tool_use_tokens" },
    };

    public override DialectConventions Conventions { get; } = new() { SendsEndMarker = true, EventTypes = null };

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new InteractionsDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head) => DialectRecognition.TypeOf(head) switch
    {
        "interaction" => RecognitionCertainty.Type, // an interaction in one piece
        { } type when type.StartsWith("interaction.", StringComparison.Ordinal) => RecognitionCertainty.Type,
        { } type when type.StartsWith("step.", StringComparison.Ordinal) => RecognitionCertainty.Type,
        _ => RecognitionCertainty.None,
    };

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        InteractionsRequest.Build(conversation, options, model, seed, provider.BaseAddress);

    // Usage is always sent.
    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true;

    public override JsonArray? MessagesOf(JsonObject body) => body["input"] switch
    {
        JsonArray { Count: > 0 } steps when steps.All(step => IsStep(step as JsonObject)) => steps,
        JsonObject step when IsStep(step) => [step.DeepClone()],
        JsonArray { Count: > 0 } contents => new JsonArray(UserInput((JsonArray)contents.DeepClone())),
        JsonObject content => new JsonArray(UserInput([content.DeepClone()])),
        JsonValue value when value.AsText() is { Length: > 0 } text => new JsonArray(CreateMessage(isAssistant: false, text)),
        _ => null,
    };

    public override JsonArray OpenMessages(JsonObject body)
    {
        JsonArray messages = MessagesOf(body)!;
        if (messages.Parent is null) body["input"] = messages;
        return messages;
    }

    public override JsonObject CreateMessage(bool isAssistant, string text) => new()
    {
        ["type"] = isAssistant ? "model_output" : "user_input",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
    };

    public override bool IsFrom(bool isAssistant, JsonObject message) => message["type"].Is(isAssistant ? "model_output" : "user_input");

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (body["generation_config"] is JsonObject config) yield return (config, "max_output_tokens");
    }

    public override long? ChoicesOf(JsonObject body) => 1;

    /// <summary>One entry for each modality, or one entry, or (before May 2026) a schema beside <c>response_mime_type</c>.</summary>
    public override bool RequestsJson(JsonObject body)
    {
        IEnumerable<JsonNode?> formats = body["response_format"] as JsonArray ?? [body["response_format"]?.DeepClone()];
        return body["response_mime_type"].AsText()?.Contains("json", StringComparison.Ordinal) is true
            || formats.OfType<JsonObject>().Any(format => format["schema"] is not null
                || format["mime_type"].AsText()?.Contains("json", StringComparison.Ordinal) is true);
    }

    public override bool KeepsConversations => true;

    /// <summary>By default, interactions are stored.</summary>
    public override bool KeepsAnswer(JsonObject body) => body["store"].AsBool() is not false;

    /// <summary>
    /// <c>GET interactions/{id}?stream=true&amp;last_event_id=E</c>, which begins after the event E (googleapis/java-genai,
    /// InteractionGetParams; vercel/ai, packages/google, stream-google-interactions.ts). If that is refused, the state is requested
    /// until the interaction has ended: one in the background goes on (ai.google.dev/gemini-api/docs/interactions, "Background"). So is
    /// that of an answer of which only the id is known, because nothing else can be requested.
    /// </summary>
    public override IReadOnlyList<RequestDescription> DescribeReplays(JsonObject body, LlmProvider provider, ReplayPoint point)
    {
        string state = PathOf(body, provider, point.Id);
        string replay = state + (state.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "stream=true";
        if (point.Position.Length > 0) replay += "&last_event_id=" + Uri.EscapeDataString(point.Position);
        var stream = new RequestDescription { Method = "GET", Path = replay, Accept = Accept };
        bool goesOn = body["background"].AsBool() is true || body["input"] is null;
        return goesOn ? [stream, DescribeRetrieval(body, provider, point.Id) with { IsPending = IsPending }] : [stream];
    }

    /// <summary>The body without the messages, which another process may have.</summary>
    public override JsonObject BuildKeptRequest(ChatOptions? options, string? model, JsonObject? seed)
    {
        JsonObject body = RequestFields.Copy(seed);
        body.FillAdditional(options);
        body.Fill("model", options?.ModelId ?? model);
        if (!string.IsNullOrEmpty(options?.ConversationId)) body.Fill("previous_interaction_id", options.ConversationId);
        body["store"] = true;
        return body;
    }

    /// <summary><c>GET interactions/{id}</c>.</summary>
    public override RequestDescription DescribeRetrieval(JsonObject body, LlmProvider provider, string id) =>
        new() { Method = "GET", Path = PathOf(body, provider, id), Accept = "application/json" };

    public override bool IsPending(JsonElement state) => state.Text("status") is "in_progress" or "queued";

    /// <summary>An interaction names the next one's <c>previous_interaction_id</c>.</summary>
    public override AnswerStorage StorageOf(JsonObject body) => new(ConversationId: null, KeepsAnswer(body));

    private static string PathOf(JsonObject body, LlmProvider provider, string id)
    {
        string chatPath = PathTemplate.Expand(provider.ChatPath, ModelOf(body));
        int query = chatPath.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? chatPath : chatPath[..query];
        return $"{path}/{Uri.EscapeDataString(id)}{(query < 0 ? "" : chatPath[query..])}";
    }

    private static bool IsStep(JsonObject? step) => step?["type"].AsText() is { } type
        && (StepTypes.Contains(type, StringComparer.Ordinal) || type.EndsWith("_call", StringComparison.Ordinal)
            || type.EndsWith("_result", StringComparison.Ordinal));

    private static JsonObject UserInput(JsonArray content) => new() { ["type"] = "user_input", ["content"] = content };
}
