using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Json;

namespace LlmStream.Transport;

/// <summary>One thing that is asked, as it is sent: again and again, where need be.</summary>
internal sealed class ChatRequest
{
    private const int MaxDepth = 1000; // of what can be written

    private readonly LlmProvider _provider;
    private readonly byte[] _asked; // not as a tree, which takes ten times the memory and is seldom looked at again
    private readonly byte[]? _body; // null: none is sent

    // Chinese as Chinese, not as escapes: a third of the bytes.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private ChatRequest(JsonObject body, LlmProvider provider)
    {
        Dialect dialect = provider.Dialect.Format;
        Description = dialect.DescribeRequest(body, provider);
        _body = ToBytes(Description.Body!);
        _asked = ReferenceEquals(Description.Body, body) ? _body : ToBytes(body);
        Description = Description with { Body = null }; // the bytes are kept, not the tree, which takes ten times the memory
        _provider = provider;
        IsKept = dialect.KeepsAnswer(body);
        IdempotencyKey = provider.IdempotencyHeader is null ? "" : Guid.NewGuid().ToString("N");
        Model = Dialect.ModelOf(body) is { Length: > 0 } model ? model : null;
    }

    private ChatRequest(ChatRequest original, ReplayPoint point)
    {
        _provider = original._provider;
        _asked = original._asked;
        Model = original.Model;
        IsKept = original.IsKept;
        IdempotencyKey = ""; // a replay requests nothing new
        Description = _provider.Dialect.Format.DescribeReplay(ReadBody(), _provider, point);
    }

    /// <summary>The method, path, and headers.</summary>
    public RequestDescription Description { get; }

    /// <summary>The bytes of the body; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Body => _body;

    /// <summary>The model that is asked, or null where the request does not say.</summary>
    public string? Model { get; }

    /// <summary>The same for every attempt, so that a provider that looks at it answers only once. Empty where none does.</summary>
    public string IdempotencyKey { get; }

    /// <summary>Adds to a body what makes the answer a stream.</summary>
    /// <param name="body">The body. It is changed.</param>
    /// <param name="provider">Whom it is for.</param>
    /// <param name="requestUsage">Whether token counts are asked for.</param>
    public static ChatRequest Create(JsonObject body, LlmProvider provider, bool requestUsage)
    {
        provider.Dialect.Format.RequestStream(body, provider, requestUsage);
        return new ChatRequest(body, provider);
    }

    /// <summary>The request for the rest of this one's answer.</summary>
    /// <param name="body">What is sent.</param>
    /// <param name="isPrefill">Whether its last message is the assistant's, to be continued.</param>
    public ChatRequest ForContinuation(JsonObject body, bool isPrefill) => new(body, _provider) { IsPrefill = isPrefill };

    /// <summary>Whether its last message is the assistant's, to be continued.</summary>
    public bool IsPrefill { get; private init; }

    /// <summary>The request for what the provider, which kept the answer to this one, has said since.</summary>
    public ChatRequest ForReplay(ReplayPoint point) => new(this, point);

    /// <summary>Whether the provider keeps the answer, so that it can send it on.</summary>
    public bool IsKept { get; }

    /// <summary>Whether nothing new is asked, so that no body is sent.</summary>
    public bool IsReplay => _body is null;

    /// <summary>What is asked, read anew. Sent is what is left of it when the address has taken its part.</summary>
    public JsonObject ReadBody() => (JsonObject)JsonNode.Parse(_asked, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth })!;

    public HttpContent? ToContent()
    {
        if (_body is null) return null;
        var content = new ReadOnlyMemoryContent(_body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return content;
    }

    private static byte[] ToBytes(JsonObject body)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, WriterOptions)) body.WriteTo(writer);
        return stream.ToArray();
    }
}
