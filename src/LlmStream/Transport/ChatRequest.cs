using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Dialects;

namespace LlmStream.Transport;

/// <summary>A request as it is sent. Immutable, so that each attempt can send it again.</summary>
/// <remarks>Bodies are kept as bytes: as trees they take ten times the memory, and they are rarely looked at again.</remarks>
internal sealed class ChatRequest
{
    private const int MaxDepth = 1000; // the default of Utf8JsonWriter: what could be written can be read

    private readonly LlmProvider _provider;
    private readonly byte[] _originalBody; // before the dialect moved parts of it into the address
    private readonly byte[]? _sentBody; // null: the request has no body
    private readonly bool _isKeptByProvider;

    private ChatRequest(JsonObject body, LlmProvider provider, string? keptId = null)
    {
        Dialect dialect = provider.Dialect.Format;
        RequestDescription description = dialect.DescribeRequest(body, provider);
        Debug.Assert(description.Body is not null, "A request for an answer has a body; only that for a replay has none.");
        _sentBody = RequestBody.Write(description.Body!);
        _originalBody = ReferenceEquals(description.Body, body) ? _sentBody : RequestBody.Write(body);
        RequestAddress.Create(provider.BaseAddress, description.Path); // an invalid one is refused before anything is sent
        Description = description with { Body = null };
        _provider = provider;
        _isKeptByProvider = dialect.KeepsAnswer(body);
        Choices = dialect.ChoicesOf(body) ?? 1;
        IdempotencyKey = CreateKey(provider);
        Model = Dialect.ModelOf(body) is { Length: > 0 } model ? model : null;
        if (Protocol?.RequestIdHeader is null) return;
        // Also that of the request for the rest of the answer, so that the server stops what it still generates for this one.
        KeptId = keptId ?? "llmstream-" + Guid.NewGuid().ToString("N");
        Description = Description with { Headers = [.. Description.Headers, new(Protocol.RequestIdHeader, KeptId)] };
    }

    private ChatRequest(ChatRequest template, byte[] sentBody, byte[] originalBody)
    {
        Debug.Assert(template is { IsReplay: false, IsPrefill: false, KeptId: null }, "Only the body and the key differ.");
        _provider = template._provider;
        _sentBody = sentBody;
        _originalBody = originalBody;
        _isKeptByProvider = template._isKeptByProvider;
        Model = template.Model;
        Choices = template.Choices;
        Description = template.Description;
        IdempotencyKey = CreateKey(_provider);
    }

    private ChatRequest(ChatRequest original, RequestDescription description, bool isFromServer = false)
    {
        Debug.Assert(original.IsAnswerKept, "Only an answer that is kept can be requested again.");
        _provider = original._provider;
        _originalBody = original._originalBody;
        Model = original.Model;
        _isKeptByProvider = original._isKeptByProvider;
        Choices = original.Choices;
        KeptId = original.KeptId;
        IdempotencyKey = ""; // it generates nothing
        Description = description;
        IsFromServer = isFromServer;
    }

    private ChatRequest(ChatRequest original, string keptId)
    {
        Debug.Assert(original.Protocol?.RequestIdHeader is not null, "The client chooses the id.");
        _provider = original._provider;
        _originalBody = original._originalBody;
        _sentBody = original._sentBody;
        _isKeptByProvider = original._isKeptByProvider;
        Model = original.Model;
        Choices = original.Choices;
        IdempotencyKey = original.IdempotencyKey;
        IsPrefill = original.IsPrefill;
        KeptId = keptId;
        IEnumerable<KeyValuePair<string, string>> headers = original.Description.Headers.Select(
            header => header.Key == original.Protocol!.RequestIdHeader ? new(header.Key, keptId) : header);
        Description = original.Description with { Headers = [.. headers] };
    }

    /// <summary>The method, path, and headers.</summary>
    public RequestDescription Description { get; }

    /// <summary>The bytes of the body; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Body => _sentBody;

    /// <summary>The body before the dialect moved parts of it into the address.</summary>
    public ReadOnlyMemory<byte> OriginalBody => _originalBody;

    /// <summary>The media type of the body; null if there is none.</summary>
    public string? ContentType => _sentBody is null ? null : "application/json";

    /// <summary>The model that the body names, or null.</summary>
    public string? Model { get; }

    /// <summary>
    /// The same for every attempt, so that a provider that supports it generates only one answer. Empty if the provider does not.
    /// </summary>
    public string IdempotencyKey { get; }

    /// <summary>Whether the last message is a prefill: the assistant's, to be continued.</summary>
    public bool IsPrefill { get; private init; }

    /// <summary>Whether the provider keeps the answer, or its server may keep the stream, so that it can be replayed.</summary>
    public bool IsAnswerKept => _isKeptByProvider || Protocol is not null;

    /// <summary>The id that the client chose for the stream that the server keeps; null if the client chooses none.</summary>
    public string? KeptId { get; }

    /// <summary>How the server replays streams, or null.</summary>
    public ReplayProtocol? Protocol => _provider.Replay?.Protocol;

    /// <summary>
    /// Whether it requests a replay of the stream that the server keeps, so that the bytes go on where those before them ended.
    /// </summary>
    public bool IsFromServer { get; }

    /// <summary>The number of choices that it requests.</summary>
    public long Choices { get; }

    /// <summary>Whether it requests a replay, or stops one; then it generates nothing and has no body.</summary>
    public bool IsReplay => _sentBody is null;

    /// <summary>Creates a request for a stream.</summary>
    /// <param name="body">The body. It is changed: the fields that request a stream are added.</param>
    /// <param name="provider">The provider that it is sent to.</param>
    /// <param name="requestUsage">Whether token counts are requested.</param>
    public static ChatRequest Create(JsonObject body, LlmProvider provider, bool requestUsage)
    {
        provider.Dialect.Format.RequestStream(body, provider, requestUsage);
        return new ChatRequest(body, provider);
    }

    /// <summary>Creates a request that differs from this one only in its body, and in the key that identifies it.</summary>
    /// <param name="body">The body as it is sent.</param>
    /// <param name="original">The <see cref="OriginalBody"/>.</param>
    public ChatRequest WithBody(byte[] body, byte[] original) => new(this, body, original);

    /// <summary>Creates the request for the rest of this request's answer.</summary>
    /// <param name="body">The body.</param>
    /// <param name="isPrefill">Whether its last message is a prefill.</param>
    public ChatRequest ForContinuation(JsonObject body, bool isPrefill) => new(body, _provider, KeptId) { IsPrefill = isPrefill };

    /// <summary>Creates the same request, to be sent while this one is in progress: a server that keeps streams keeps both.</summary>
    public ChatRequest ForHedge() => KeptId is null ? this : new(this, KeptId + "-hedge");

    /// <summary>Creates the requests for a replay of this request's answer, to be tried in this order.</summary>
    /// <param name="kept">From where the server replays the stream that it keeps; null if it keeps none.</param>
    /// <param name="point">From where the provider replays the answer; null if it does not.</param>
    public IReadOnlyList<ChatRequest> ForReplay(ReplayPoint? kept, ReplayPoint? point)
    {
        Dialect dialect = _provider.Dialect.Format;
        List<ChatRequest> replays = [];
        if (kept is not null && Protocol is not null)
            replays.AddRange(Protocol.DescribeReplays(kept, dialect.Accept).Select(replay => new ChatRequest(this, replay, true)));
        if (point is not null && _isKeptByProvider)
            replays.AddRange(dialect.DescribeReplays(ReadBody(), _provider, point).Select(replay => new ChatRequest(this, replay)));
        return replays;
    }

    /// <summary>
    /// Creates the requests that stop a server which goes on generating without a connection. The first that succeeds counts.
    /// </summary>
    public IEnumerable<ChatRequest> ForStop() => KeptId is null || Protocol is null
        ? []
        : Protocol.DescribeStops(KeptId).Select(stop => new ChatRequest(this, stop));

    /// <summary>Creates the request for the state of this request's answer.</summary>
    public ChatRequest ForRetrieval(string id) => new(this, _provider.Dialect.Format.DescribeRetrieval(ReadBody(), _provider, id));

    /// <summary>Parses the body anew, with the parts that are sent in the address instead.</summary>
    public JsonObject ReadBody() =>
        (JsonObject)JsonNode.Parse(_originalBody, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth })!;

    private static string CreateKey(LlmProvider provider) => provider.IdempotencyHeader is null ? "" : UniqueKey.Create();
}
