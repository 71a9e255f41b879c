using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>OpenAI's Responses (platform.openai.com/docs/api-reference/responses).</summary>
internal sealed class ResponsesDialect : Dialect
{
    public override string Name => "responses";

    public override DialectConventions Conventions { get; } = new() { EventTypes = null };

    public override ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer) =>
        new ResponsesDecoder(this, answer, observer);

    public override RecognitionCertainty Recognize(JsonHead head) => DialectRecognition.TypeOf(head) switch
    {
        "response" => RecognitionCertainty.Type, // a response in one piece
        "error" when head.Has("sequence_number") => RecognitionCertainty.Type,
        { } type when type.StartsWith("response.", StringComparison.Ordinal) => RecognitionCertainty.Type,
        _ => RecognitionCertainty.None,
    };

    public override JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        ResponsesRequest.Build(conversation, options, model, seed);

    // Usage is always sent.
    public override void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true;

    public override JsonArray? MessagesOf(JsonObject body) => body["input"] switch
    {
        JsonArray items => items,
        // A string is equivalent to a list with one message.
        JsonValue value when value.AsText() is { Length: > 0 } text => new JsonArray(CreateMessage(isAssistant: false, text)),
        _ => null,
    };

    public override JsonArray OpenMessages(JsonObject body)
    {
        JsonArray messages = MessagesOf(body)!;
        if (messages.Parent is null) body["input"] = messages;
        return messages;
    }

    /// <summary>
    /// The type is optional at OpenAI, but the llama.cpp server refuses an assistant's message without it (version 0.5.0,
    /// tools/server/server-chat.cpp).
    /// </summary>
    public override JsonObject CreateMessage(bool isAssistant, string text)
    {
        JsonObject message = base.CreateMessage(isAssistant, text);
        if (isAssistant) message["type"] = "message";
        return message;
    }

    public override JsonNode? ResponseFormatOf(JsonObject body) => (body["text"] as JsonObject)?["format"];

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        yield return (body, "max_output_tokens");
    }

    /// <summary>Only a response that was requested in the background is kept, and continues when nobody reads it.</summary>
    public override bool KeepsConversations => true;

    public override bool KeepsAnswer(JsonObject body) => body["background"].AsBool() is true;

    /// <summary>
    /// <c>GET responses/{id}?stream=true&amp;starting_after=N</c>, which begins with the event after N. It is refused with 400 five
    /// minutes after the response was created (github.com/openai/openai-python/issues/2828). From then on its state is requested.
    /// </summary>
    public override IReadOnlyList<RequestDescription> DescribeReplays(JsonObject body, LlmProvider provider, ReplayPoint point)
    {
        StringBuilder path = PathOf(body, provider, point.Id, out bool hasQuery);
        path.Append(hasQuery ? "&stream=true" : "?stream=true");
        if (point.Position.Length > 0) path.Append("&starting_after=").Append(point.Position);
        // What is only sent on request, such as encrypted reasoning, must be requested here too.
        foreach (string include in IncludesOf(body)) path.Append('&').Append(include);

        if ((body["stream_options"] as JsonObject)?["include_obfuscation"].AsBool() is false)
            path.Append("&include_obfuscation=false");
        return
        [
            new RequestDescription { Method = "GET", Path = path.ToString(), Accept = Accept },
            DescribeRetrieval(body, provider, point.Id) with { IsPending = IsPending },
        ];
    }

    /// <summary>The body without the messages, which another process may have.</summary>
    public override JsonObject BuildKeptRequest(ChatOptions? options, string? model, JsonObject? seed) =>
        ResponsesRequest.BuildKept(options, model, seed);

    /// <summary><c>GET responses/{id}</c>.</summary>
    public override RequestDescription DescribeRetrieval(JsonObject body, LlmProvider provider, string id)
    {
        StringBuilder path = PathOf(body, provider, id, out bool hasQuery);
        foreach (string include in IncludesOf(body))
        {
            path.Append(hasQuery ? '&' : '?').Append(include);
            hasQuery = true;
        }

        return new RequestDescription { Method = "GET", Path = path.ToString(), Accept = "application/json" };
    }

    public override bool IsPending(JsonElement state) =>
        state.ValueKind == JsonValueKind.Object && state.TryGetProperty("status", out JsonElement status)
        && status.ValueKind == JsonValueKind.String && status.GetString() is "queued" or "in_progress";

    /// <summary>
    /// A response names the next one's <c>previous_response_id</c> if it is stored. OpenAI stores it unless the request says otherwise, and
    /// the response says so; servers that do not say so may be stateless.
    /// </summary>
    public override AnswerStorage StorageOf(JsonObject body)
    {
        string? conversation = (body["conversation"] as JsonObject)?["id"].AsText() ?? body["conversation"].AsText();
        bool isStored = conversation is not null || body["previous_response_id"].AsText() is not null || KeepsAnswer(body);
        return new AnswerStorage(conversation, body["store"].AsBool() ?? (isStored ? true : null));
    }

    private static StringBuilder PathOf(JsonObject body, LlmProvider provider, string id, out bool hasQuery)
    {
        string chatPath = PathTemplate.Expand(provider.ChatPath, ModelOf(body));
        int query = chatPath.IndexOf('?', StringComparison.Ordinal); // Azure's older addresses have a version there
        hasQuery = query >= 0;
        var path = new StringBuilder(query < 0 ? chatPath : chatPath[..query]);
        path.Append('/').Append(Uri.EscapeDataString(id));
        return query < 0 ? path : path.Append(chatPath.AsSpan(query));
    }

    private static IEnumerable<string> IncludesOf(JsonObject body) =>
        from include in body["include"] as JsonArray ?? []
        where include.AsText() is { Length: > 0 }
        select "include%5B%5D=" + Uri.EscapeDataString(include.AsText()!);
}
