using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>
/// A wire format: how its streams are recognized and decoded, what its requests look like, and how an answer in it is continued.
/// One subclass per format, in a separate folder; stateless.
/// </summary>
/// <remarks>
/// A dialect describes requests and never sends them. Code outside Dialects/ uses this class and does not depend on a specific format.
/// The defaults are those that most formats share.
/// </remarks>
internal abstract class Dialect
{
    /// <summary>The name, in lower case.</summary>
    public abstract string Name { get; }

    /// <summary>How texts are read if the options do not say. Auto: the chunks show whether they are increments.</summary>
    public virtual ChatTextMode TextMode => ChatTextMode.Incremental;

    /// <summary>What marks the end of a stream, for messages.</summary>
    public virtual string EndMarker => "[DONE]";

    /// <summary>The names that are sent as finish reasons.</summary>
    public virtual FinishReasonNames FinishReasons => FinishReasonNames.Common;

    /// <summary>The names of the fields in usage objects.</summary>
    public virtual UsageFields UsageFields => UsageFields.Common;

    /// <summary>What is ordinary for streams of this format, so that an inspection does not report it.</summary>
    public virtual DialectConventions Conventions => DialectConventions.Default;

    /// <summary>Whether a stream with only an error or a marker that any format could have is regarded as one of this format.</summary>
    public virtual bool IsFallback => false;

    /// <summary>The binary framing of this format's streams; null, the default, if they are text.</summary>
    public virtual BinaryFraming? Framing => null;

    /// <summary>Creates the decoder of one response.</summary>
    public abstract ChatDecoder CreateDecoder(AnswerBuilder answer, IDecodingObserver? observer);

    /// <summary>Decides whether the JSON object that a stream begins with is an event of this format.</summary>
    public virtual RecognitionCertainty Recognize(JsonHead head) => RecognitionCertainty.None;

    /// <summary>Builds the body of a request, except what requests a stream.</summary>
    /// <param name="conversation">The checked messages.</param>
    /// <param name="options">The options of the request, or null.</param>
    /// <param name="model">The model if the options name none, or null: the field is left out.</param>
    /// <param name="seed">A body that the caller began and that is to be completed, or null. It is not changed.</param>
    /// <param name="provider">The provider.</param>
    /// <exception cref="ArgumentException">The messages or the options hold something that this format cannot express.</exception>
    public abstract JsonObject BuildRequest(
        Conversation conversation, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider);

    /// <summary>Adds to a body, also to one that the caller built, the fields that request a stream. The default adds nothing.</summary>
    /// <param name="body">The body. It is changed.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="requestUsage">Whether token counts are requested.</param>
    public virtual void RequestStream(JsonObject body, LlmProvider provider, bool requestUsage)
    {
    }

    /// <summary>The media type that a request accepts.</summary>
    public virtual string Accept => "text/event-stream";

    /// <summary>Describes the request that a body is sent with.</summary>
    public virtual RequestDescription DescribeRequest(JsonObject body, LlmProvider provider) => Post(provider.ChatPath, body);

    /// <summary>Whether the provider keeps the answer to this body, so that it can be replayed over another connection.</summary>
    public virtual bool KeepsAnswer(JsonObject body) => false;

    /// <summary>Whether the provider keeps conversations, to which <see cref="ChatOptions.ConversationId"/> refers.</summary>
    public virtual bool KeepsConversations => false;

    /// <summary>
    /// Describes the request for the rest of a kept answer: several if the first may be refused although the answer is kept, to be tried
    /// in this order. Only called if <see cref="KeepsAnswer"/>.
    /// </summary>
    public virtual IReadOnlyList<RequestDescription> DescribeReplays(JsonObject body, LlmProvider provider, ReplayPoint point) =>
        throw new NotSupportedException("This format has no kept answers.");

    /// <summary>
    /// Builds the body that stands for a request whose answer the provider keeps, and of which only the answer's id is known: it is not
    /// sent, but states what a replay needs. Null, the default, if the format has no kept answers.
    /// </summary>
    /// <param name="options">The options of the original request, or null.</param>
    /// <param name="model">The model if the options name none, or null.</param>
    /// <param name="seed">The body that the caller began, or null. It is not changed.</param>
    public virtual JsonObject? BuildKeptRequest(ChatOptions? options, string? model, JsonObject? seed) => null;

    /// <summary>
    /// Describes the request for the state of a kept answer, with all of it once it has ended. Only called if there are kept answers.
    /// </summary>
    public virtual RequestDescription DescribeRetrieval(JsonObject body, LlmProvider provider, string id) =>
        throw new NotSupportedException("This format has no kept answers.");

    /// <summary>Whether the state of a kept answer is that it has not ended.</summary>
    public virtual bool IsPending(JsonElement state) => false;

    /// <summary>Where the answer to this body is stored, so that a conversation can go on from it.</summary>
    public virtual AnswerStorage StorageOf(JsonObject body) => default;

    /// <summary>Whether requests are signed with this key. Otherwise, as by default, they are sent with it.</summary>
    public virtual bool Signs(string? key) => false;

    /// <summary>
    /// Adds to a request the headers that authenticate it. Called for each attempt if the dialect <see cref="Signs"/>, when the address
    /// and the bytes of the body are final, so that a signature can cover them. The default sends the key in
    /// <see cref="LlmProvider.ApiKeyHeader"/>.
    /// </summary>
    public virtual ValueTask AuthenticateAsync(RequestAuthentication request, CancellationToken cancellationToken)
    {
        request.AddKey();
        return default;
    }

    /// <summary>The model that a body names, or "".</summary>
    public static string ModelOf(JsonObject body) => body["model"].AsText() ?? "";

    /// <summary>The list of messages of a body, or null if it has none.</summary>
    public virtual JsonArray? MessagesOf(JsonObject body) => body["messages"] as JsonArray;

    /// <summary>The list of messages of a body, to be added to. Only called if there is one.</summary>
    public virtual JsonArray OpenMessages(JsonObject body) => MessagesOf(body)!;

    /// <summary>Creates a message that holds only text.</summary>
    public virtual JsonObject CreateMessage(bool isAssistant, string text) =>
        new() { ["role"] = isAssistant ? "assistant" : "user", ["content"] = text };

    /// <summary>Whether a message is from the assistant, or else from the user.</summary>
    public virtual bool IsFrom(bool isAssistant, JsonObject message) => message["role"].Is(isAssistant ? "assistant" : "user");

    /// <summary>The text of a message, or "".</summary>
    public virtual string TextOf(JsonObject message) => ToText(message["content"]);

    /// <summary>The fields that limit the length of the answer, in tokens. A continuation reduces them.</summary>
    public virtual IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        yield return (body, "max_tokens");
        yield return (body, "max_completion_tokens");
    }

    /// <summary>The lowest value to which a continuation may reduce the limits of a body. Providers refuse a limit of 0.</summary>
    public virtual long MinimumLimitOf(JsonObject body) => 1;

    /// <summary>The number of choices that a body requests, or null if it does not say.</summary>
    public virtual long? ChoicesOf(JsonObject body) => (body["n"] ?? (body["parameters"] as JsonObject)?["n"]).AsInt64();

    /// <summary>The field that requests text, any JSON, or JSON by a schema; null if there is none.</summary>
    public virtual JsonNode? ResponseFormatOf(JsonObject body) =>
        body["response_format"] ?? (body["parameters"] as JsonObject)?["response_format"];

    /// <summary>Whether a body requests an answer in JSON, which cannot be continued.</summary>
    public virtual bool RequestsJson(JsonObject body) =>
        (ResponseFormatOf(body) as JsonObject)?["type"].AsText()?.StartsWith("json", StringComparison.Ordinal) is true;

    /// <summary>Whether the model of a body, or one of its settings, is known to refuse a continuation by prefill.</summary>
    /// <param name="how">The provider's kind of prefill.</param>
    /// <param name="body">The body of the original request.</param>
    public virtual bool RefusesPrefill(ChatContinuation how, JsonObject body) => false;

    /// <summary>Whether an answer that began with reasoning can be continued by this kind of prefill, which sends only its text.</summary>
    public virtual bool TakesPrefillAfterReasoning(ChatContinuation how) => how != ChatContinuation.PartialFlag;

    /// <summary>Parts of the messages with which servers of this format refuse a prefill, in any case.</summary>
    public virtual IReadOnlyList<string> PrefillRefusals { get; } = ["prefill", "must end with a user message", "last message must"];

    /// <summary>Whether the instruction to continue quotes the end of the partial answer for this model.</summary>
    public virtual bool QuotesPartialAnswer(string model) => false;

    /// <summary>Describes a request that posts a body, all of it. In the path, <c>{model}</c> is replaced with the body's model.</summary>
    protected RequestDescription Post(string path, JsonObject body) =>
        new() { Method = "POST", Path = PathTemplate.Expand(path, ModelOf(body)), Accept = Accept, Body = body };

    /// <summary>The text of a content that is a string, or a list of parts with a <c>text</c>.</summary>
    protected static string ToText(JsonNode? content) => content switch
    {
        JsonArray parts => string.Concat(parts.Select(part => ToText((part as JsonObject)?["text"]))),
        _ => content.AsText() ?? "",
    };
}
