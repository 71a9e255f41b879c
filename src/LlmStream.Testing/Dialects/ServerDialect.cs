using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Dialects.Interactions;
using LlmStream.Testing.Dialects.Responses;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>The server side of a dialect. A new one is a class and a line in <see cref="All"/>.</summary>
internal abstract class ServerDialect
{
    /// <summary>All dialects, in the order in which a request is matched.</summary>
    public static IReadOnlyList<ServerDialect> All { get; } =
    [
        new OpenAIServerDialect(),
        new MistralServerDialect(),
        new DashScopeServerDialect(),
        new HunyuanServerDialect(),
        new AnthropicServerDialect(),
        new ResponsesServerDialect(),
        new InteractionsServerDialect(),
        new GeminiServerDialect(),
        new GeminiArrayServerDialect(),
        new OllamaServerDialect(),
        new CohereServerDialect(),
        new BedrockServerDialect(),
    ];

    /// <summary>The dialect of requests that are not chat requests.</summary>
    public static ServerDialect Default => All[0];

    public abstract ChatDialect Dialect { get; }

    /// <summary>The path of the base URL for clients.</summary>
    public abstract string BasePath { get; }

    public virtual string StreamContentType => "text/event-stream; charset=utf-8";

    /// <summary>Whether bodies are text. The lines and the byte order mark of a script apply only to text.</summary>
    public virtual bool IsText => true;

    /// <summary>The HTTP status with which invalid requests are refused.</summary>
    public virtual int InvalidRequestStatus => 400;

    /// <summary>What precedes the JSON of an event.</summary>
    protected virtual string DataPrefix => "data: ";

    /// <summary>Whether ordinary errors are events of type <c>error</c>, without which clients do not see them.</summary>
    protected virtual bool NamesErrorEvents => false;

    /// <summary>What precedes the JSON of an error event.</summary>
    protected virtual string ErrorEventPrefix => "event: error\n" + DataPrefix;

    /// <summary>Whether a request is in this dialect, according to its path and its headers.</summary>
    public abstract bool Matches(ScriptedRequest request);

    /// <summary>Whether a request that is in no dialect is probably meant to be in this one.</summary>
    public virtual bool IsLikely(ScriptedRequest request) =>
        BasePath.Length > 1 && request.Path.StartsWith(BasePath + "/", StringComparison.Ordinal);

    public abstract ParsedRequest Parse(ScriptedRequest request);

    /// <summary>Why the provider would not give this answer to this request, in its words, or null if it would.</summary>
    public virtual string? GetRefusal(ScriptedRequest request, Reply reply) => null;

    /// <summary>Writes the answer as a stream.</summary>
    public abstract IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply);

    /// <summary>Writes the answer as one JSON object.</summary>
    public abstract byte[] WriteBody(ScriptedRequest request, Reply reply);

    /// <summary>Writes the state of a stored answer: the answer as one JSON object, or that it has not ended.</summary>
    public virtual byte[] WriteBody(ScriptedRequest request, Reply reply, bool isPending) => isPending
        ? throw new InvalidOperationException($"The dialect {Dialect} has no requests for the state of an answer.")
        : WriteBody(request, reply);

    /// <summary>The id under which the answer is stored for replay, or null if it is not stored.</summary>
    public virtual string? GetStorageId(ScriptedRequest request, Reply reply) => null;

    /// <summary>Parses a <c>GET</c> for a stored answer; null if it is another request.</summary>
    public virtual ReplayRequest? ParseReplay(ScriptedRequest request) => null;

    /// <summary>Writes the members of the JSON of an error.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="code">The error code.</param>
    /// <param name="message">The error message.</param>
    /// <param name="inStream">Whether the error is within a stream rather than the body of a response.</param>
    public abstract void WriteError(Utf8JsonWriter json, string code, string message, bool inStream);

    /// <summary>Creates an error within a stream.</summary>
    /// <param name="error">The error.</param>
    /// <param name="index">The number of events before it.</param>
    public virtual Frame CreateError(ErrorFrame error, int index)
    {
        return error.Format switch
        {
            ErrorFormat.Data => Frame.CreateEvent(NamesErrorEvents ? ErrorEventPrefix : DataPrefix, Write),
            ErrorFormat.Event => Frame.CreateEvent(ErrorEventPrefix, Write),
            ErrorFormat.Field => Frame.CreateEvent("error" + DataPrefix["data".Length..], Write),
            _ => Frame.CreateEvent(Indent(ProviderJson.ToBytes(Write)) + "\n"),
        };

        void Write(Utf8JsonWriter json) => WriteError(json, error.Code, error.Message, inStream: true);
    }

    /// <summary>Creates a comment, or what clients of this dialect ignore between events.</summary>
    /// <param name="text">The text of the comment, if the format has room for it.</param>
    public virtual Frame CreateComment(string text) => Frame.CreateComment($": {text}\n\n");

    /// <summary>The model that a request names, or the default model.</summary>
    protected static string GetModel(JsonNode? model) => GetString(model) is { Length: > 0 } name ? name : AnswerContent.DefaultModel;

    /// <summary>The text of a message whose content is a string or an array of parts.</summary>
    protected static string GetText(JsonNode? content) => content switch
    {
        JsonArray parts => string.Concat(parts.Select(part => part is JsonObject ? GetString(part["text"]) : GetString(part))),
        _ => GetString(content),
    };

    /// <summary>The value of a string, or an empty string if the node is not a valid string; one with a lone surrogate is not.</summary>
    protected static string GetString(JsonNode? node)
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

    protected static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool isSet) && isSet;

    protected static bool IsFalse(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool isSet) && !isSet;

    private static string Indent(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options)) document.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray()).ReplaceLineEndings("\n");
    }
}
