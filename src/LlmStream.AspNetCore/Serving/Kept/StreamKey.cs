using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// The conversation to which a request belongs, and its digest, by which a repetition of it is recognised. Immutable.
/// </summary>
/// <param name="Conversation">The key of the conversation.</param>
/// <param name="Digest">The digest.</param>
internal sealed record StreamKey(string Conversation, string Digest)
{
    private const string IdempotencyKey = "Idempotency-Key";
    private const string ConversationHeader = "X-Conversation-Id";

    /// <summary>The key of a request. Without an id of the client it is a conversation of its own.</summary>
    /// <param name="http">The request.</param>
    /// <param name="endpoint">The route pattern of the endpoint; clients choose their ids without knowing of other endpoints.</param>
    /// <param name="form">The wire in whose form the body is.</param>
    /// <param name="request">The request.</param>
    public static StreamKey Of(HttpContext http, string endpoint, ChatWire form, ChatRelayRequest request)
    {
        string? key = IdempotencyKeyOf(http.Request);
        IEnumerable<string?>? identity = form.GetIdentity(request.Body);
        string conversation = request.ConversationId is { Length: > 0 } id ? OfClient(endpoint, id)
            : key is not null ? OfIdempotencyKey(endpoint, key)
            : $"{endpoint}\nnew:{NewId.Create()}";
        return new StreamKey(conversation, Compute(form, identity, key));
    }

    /// <summary>The keys that a client can mean by an id.</summary>
    public static IEnumerable<string> Candidates(string endpoint, string id) => [OfClient(endpoint, id), OfIdempotencyKey(endpoint, id)];

    /// <summary>The id of the conversation in the headers, for wires whose bodies have none; or null.</summary>
    public static string? ConversationIdOf(HttpRequest request) =>
        request.Headers[ConversationHeader].ToString() is { Length: > 0 } id ? id : null;

    /// <summary>The digest of a request that is known only by its <c>Idempotency-Key</c>; null if it has none.</summary>
    public static string? DigestOf(HttpRequest request) =>
        IdempotencyKeyOf(request) is { } key ? ChatStreamDigest.Compute("key", key) : null;

    private static string Compute(ChatWire form, IEnumerable<string?>? identity, string? key)
    {
        if (identity is not null) return ChatStreamDigest.Compute([form.Name, key, .. identity]);
        return key is not null ? ChatStreamDigest.Compute("key", key) : ChatStreamDigest.Compute("new", NewId.Create());
    }

    /// <summary>The key of the reference from a run to its stream.</summary>
    public static string OfRun(string endpoint, string runId) => $"{endpoint}\nrun:{runId}";

    private static string OfClient(string endpoint, string id) => $"{endpoint}\nid:{id}";

    private static string OfIdempotencyKey(string endpoint, string key) => $"{endpoint}\nkey:{key}";

    private static string? IdempotencyKeyOf(HttpRequest request) =>
        request.Headers[IdempotencyKey].ToString() is { Length: > 0 } key ? key : null;
}
