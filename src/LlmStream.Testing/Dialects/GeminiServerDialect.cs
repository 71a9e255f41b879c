using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Gemini's own format with <c>alt=sse</c>: the URL contains the model and whether to stream; data-only events with CR LF, usage in each,
/// whole tool calls, no end marker. <c>:generateContent</c> is not streamed.
/// </summary>
internal class GeminiServerDialect : ServerDialect
{
    private const int MaxChoices = 8;
    private const string Stream = ":streamGenerateContent";
    private const string NoStream = ":generateContent";

    // Fields of OpenAI's requests that clients send here by mistake.
    private static readonly string[] InvalidFields = ["model", "messages", "stream"];

    public override ChatDialect Dialect => ChatDialect.Gemini;

    public override string BasePath => "/v1beta";

    public override string StreamContentType => "text/event-stream";

    public override bool Matches(ScriptedRequest request) =>
        request.Path.EndsWith(NoStream, StringComparison.Ordinal) || (IsStream(request) && RequestsEvents(request));

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body || body["contents"] is not JsonArray contents)
            return new ParsedRequest { Error = "* GenerateContentRequest.contents: contents is not specified" };
        string? invalidField =
            body.Select(field => field.Key).FirstOrDefault(name => InvalidFields.Contains(name, StringComparer.Ordinal));
        ParsedMessage[] system = body["systemInstruction"] is JsonObject instruction
            ? [new ParsedMessage("system", GetText(instruction["parts"]))]
            : [];
        return new ParsedRequest
        {
            Model = GetModel(request.Path),
            Stream = !request.Path.EndsWith(NoStream, StringComparison.Ordinal),
            Choices = body["generationConfig"]?["candidateCount"] is JsonValue n && n.TryGetValue(out int choices)
                ? Math.Clamp(choices, 1, MaxChoices)
                : 1,
            Messages = [.. system, .. contents.OfType<JsonObject>().Select(ParseMessage)],
            Error = invalidField is null ? null : $"Invalid JSON payload received. Unknown name \"{invalidField}\": Cannot find field.",
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        bool isFirst = true;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            // ToolCall is written as the whole call.
            if (delta.Kind is ReplyDeltaKind.Start or ReplyDeltaKind.ToolArguments) continue;
            for (int choice = 0; choice < reply.Choices; choice++)
            {
                int index = choice;
                bool isFinish = delta.Kind is ReplyDeltaKind.Finish;
                yield return CreateChunk(
                    isFirst, json => WriteChunk(json, reply, index, delta.Tokens, json => WritePart(json, delta, reply), isFinish));
                isFirst = false;
            }
        }

        if (CreateEnd(isFirst) is { } end) yield return end;
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply)
    {
        ReplyDelta[] deltas = [.. reply.GetDeltas()];
        int tokens = deltas[^1].Tokens;
        return ProviderJson.ToBytes(json => WriteChunk(json, reply, index: 0, tokens, WriteParts, reply.HasFinish));

        void WriteParts(Utf8JsonWriter json)
        {
            (string text, string reasoning, _) = ReplyDelta.Collect(deltas);
            if (reasoning.Length > 0) WritePart(json, new ReplyDelta(ReplyDeltaKind.Reasoning, reasoning, tokens), reply);
            if (text.Length > 0) WritePart(json, new ReplyDelta(ReplyDeltaKind.Text, text, tokens), reply);
            foreach (ReplyDelta delta in deltas.Where(delta => delta.Kind is ReplyDeltaKind.ToolCall)) WritePart(json, delta, reply);
        }
    }

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.WriteObject("error", json =>
    {
        (int number, string status) = code switch
        {
            "invalid_request_error" => (400, "INVALID_ARGUMENT"),
            "invalid_api_key" => (401, "UNAUTHENTICATED"),
            "permission_denied" => (403, "PERMISSION_DENIED"),
            "model_not_found" or "not_found" => (404, "NOT_FOUND"),
            "rate_limit_exceeded" => (429, "RESOURCE_EXHAUSTED"),
            "overloaded" => (503, "UNAVAILABLE"),
            "server_error" => (500, "INTERNAL"),
            _ => (500, code),
        };
        json.WriteNumber("code", number);
        json.WriteText("message", message);
        json.WriteText("status", status);
    });

    protected static bool IsStream(ScriptedRequest request) => request.Path.EndsWith(Stream, StringComparison.Ordinal);

    protected static bool RequestsEvents(ScriptedRequest request) => request.Query.Contains("alt=sse", StringComparison.Ordinal);

    protected virtual Frame CreateChunk(bool isFirst, Action<Utf8JsonWriter> write) => Frame.CreateEvent(DataPrefix, write, "\r\n\r\n");

    /// <summary>Creates what ends the stream, or null if nothing does.</summary>
    protected virtual Frame? CreateEnd(bool isFirst) => null;

    private static string GetModel(string path)
    {
        string last = path[(path.LastIndexOf('/') + 1)..];
        int end = last.LastIndexOf(':');
        return end > 0 ? Uri.UnescapeDataString(last[..end]) : AnswerContent.DefaultModel;
    }

    private static ParsedMessage ParseMessage(JsonObject content) =>
        new(GetString(content["role"]) is "model" ? "assistant" : "user", GetText(content["parts"]));

    private static void WriteChunk(
        Utf8JsonWriter json, Reply reply, int index, int tokens, Action<Utf8JsonWriter> writeParts, bool isFinish)
    {
        json.WriteArrayOfOne("candidates", json =>
        {
            json.WriteObject("content", json =>
            {
                json.WriteStartArray("parts");
                writeParts(json);
                json.WriteEndArray();
                json.WriteString("role", "model");
            });
            if (isFinish) json.WriteText("finishReason", GetFinishReason(reply.FinishReason));
            json.WriteNumber("index", index);
        });
        if (reply.HasUsage != false)
        {
            json.WriteObject("usageMetadata", json =>
            {
                json.WriteNumber("promptTokenCount", reply.PromptTokens);
                json.WriteNumber("candidatesTokenCount", tokens);
                json.WriteNumber("totalTokenCount", reply.PromptTokens + tokens);
            });
        }

        json.WriteText("modelVersion", reply.Model);
        json.WriteString("responseId", "gemini-" + reply.Id);
    }

    private static void WritePart(Utf8JsonWriter json, ReplyDelta delta, Reply reply) => json.WriteObject(json =>
    {
        if (delta.ToolCall is not { } call)
        {
            json.WriteText("text", delta.Text);
            if (delta.Kind is ReplyDeltaKind.Reasoning) json.WriteBoolean("thought", true);
            return;
        }

        json.WriteObject("functionCall", json =>
        {
            json.WriteText("name", call.Name);
            json.WritePropertyName("args");
            json.WriteRawValue(GetArguments(call), skipInputValidation: true);
            json.WriteText("id", call.Id);
        });

        // Only the first of parallel calls has a signature.
        if (delta.ToolCallIndex == 0)
            json.WriteString("thoughtSignature", Convert.ToBase64String(Encoding.ASCII.GetBytes("signed-" + reply.Id)));
    });

    private static string GetFinishReason(string reason) => reason switch
    {
        "stop" or "tool_calls" => "STOP",
        "length" => "MAX_TOKENS",
        "content_filter" => "SAFETY",
        _ => reason,
    };

    // Arguments are always an object, so other scripted arguments cannot be sent.
    private static string GetArguments(ScriptedToolCall call)
    {
        try
        {
            return JsonNode.Parse(call.Arguments) is JsonObject ? call.Arguments : "{}";
        }
        catch (JsonException)
        {
            return "{}";
        }
    }
}

/// <summary>Gemini's own format without <c>alt=sse</c>: one JSON array with a chunk per element.</summary>
internal sealed class GeminiArrayServerDialect : GeminiServerDialect
{
    private const string Separator = "\n,\n";

    public override string StreamContentType => "application/json; charset=UTF-8";

    public override bool Matches(ScriptedRequest request) => IsStream(request) && !RequestsEvents(request);

    public override Frame CreateError(ErrorFrame error, int index) =>
        Frame.CreateEvent(index == 0 ? "[" : Separator, json => WriteError(json, error.Code, error.Message, inStream: true), "\n]\n");

    protected override Frame CreateChunk(bool isFirst, Action<Utf8JsonWriter> write) =>
        Frame.CreateEvent(isFirst ? "[" : Separator, write, "");

    protected override Frame? CreateEnd(bool isFirst) => Frame.CreateEvent(isFirst ? "[]\n" : "\n]\n");
}
