using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// A provider's format, from the server's side. A new dialect is one class, added to <see cref="All"/>.
/// </summary>
internal abstract class ServerDialect
{
    /// <summary>Every dialect, in the order in which they are asked whether a request is theirs.</summary>
    public static IReadOnlyList<ServerDialect> All { get; } =
    [
        new OpenAIDialect(), new DashScopeDialect(), new HunyuanDialect(), new AnthropicDialect(), new ResponsesDialect(), new GeminiDialect(),
        new GeminiArrayDialect(), new OllamaDialect(), new CohereDialect(),
    ];

    /// <summary>The library's name for the format.</summary>
    public abstract ChatDialect Dialect { get; }

    /// <summary>What a client takes as the base of its URLs, below the host.</summary>
    public abstract string BasePath { get; }

    /// <summary>What stands before the JSON of an event.</summary>
    protected virtual string DataPrefix => "data: ";

    public virtual string StreamContentType => "text/event-stream; charset=utf-8";

    /// <summary>The HTTP status of a request that is wrong.</summary>
    public virtual int RefusalStatus => 400;

    /// <summary>Whether a request is in this dialect, by its path and its headers.</summary>
    public abstract bool Matches(ScriptedRequest request);

    /// <summary>What the request asks for.</summary>
    public abstract Asked Read(ScriptedRequest request);

    /// <summary>Why the dialect's provider would refuse to give such an answer to such a request, or null.</summary>
    public virtual string? Refuse(ScriptedRequest request, Reply reply) => null;

    /// <summary>The answer as a stream.</summary>
    public abstract IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply);

    /// <summary>The answer as one JSON object.</summary>
    public abstract byte[] Whole(ScriptedRequest request, Reply reply);

    /// <summary>The id under which the answer to a request is kept, so that it can be asked for again; null where it is not.</summary>
    public virtual string? IdToKeep(ScriptedRequest request, Reply reply) => null;

    /// <summary>What a <c>GET</c> asks for of an answer that was kept, or null where it asks for something else.</summary>
    public virtual Retrieval? ReadRetrieval(ScriptedRequest request) => null;

    /// <summary>Writes the members of an error.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="code">What went wrong, for programs.</param>
    /// <param name="message">What went wrong, for people.</param>
    /// <param name="inStream">Whether the error is one of a stream that has begun.</param>
    public abstract void WriteError(Utf8JsonWriter json, string code, string message, bool inStream);

    /// <summary>An error in mid-stream.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isFirst">Whether nothing came before it.</param>
    public virtual Frame Error(ErrorFrame error, bool isFirst)
    {
        void Write(Utf8JsonWriter json) => WriteError(json, error.Code, error.Message, inStream: true);
        return error.Form switch
        {
            ErrorForm.Data => Frame.Json(DataPrefix, Write),
            ErrorForm.Event => Frame.Json(ErrorEventHead, Write),
            ErrorForm.Field => Frame.Json("error" + DataPrefix["data".Length..], Write),
            _ => Frame.Text(Indented(JsonText.Bytes(Write)) + "\n"),
        };
    }

    /// <summary>What stands between events and says nothing.</summary>
    /// <param name="text">What a person reads there, where the framing has room for it.</param>
    public virtual Frame Comment(string text) => Frame.Comment($": {text}\n\n");

    protected virtual string ErrorEventHead => "event: error\n" + DataPrefix;

    /// <summary>The text of a message whose content is a string or an array of parts.</summary>
    protected static string TextOf(JsonNode? content) => content switch
    {
        JsonArray parts => string.Concat(parts.Select(part => part is JsonObject ? StringOf(part["text"]) : StringOf(part))),
        _ => StringOf(content),
    };

    /// <summary>A string, or "" for what is none. A lone surrogate makes a string that cannot be read: that is none, too.</summary>
    protected static string StringOf(JsonNode? node)
    {
        try
        {
            return node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    protected static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool set) && set;

    protected static bool IsFalse(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool set) && !set;

    private static string Indented(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray()).ReplaceLineEndings("\n");
    }
}
