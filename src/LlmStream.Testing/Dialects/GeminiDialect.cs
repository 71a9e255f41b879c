using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Gemini's own format: the model and the wish for a stream stand in the address; data-only events with CR LF, usage on each,
/// tool calls whole, no <c>[DONE]</c>. <c>:generateContent</c> answers whole.
/// </summary>
internal class GeminiDialect : ServerDialect
{
    private const string Streaming = ":streamGenerateContent";

    public override ChatDialect Dialect => ChatDialect.Gemini;

    public override string BasePath => "/v1beta";

    public override string StreamContentType => "text/event-stream";

    public override bool Matches(ScriptedRequest request) =>
        request.Path.EndsWith(":generateContent", StringComparison.Ordinal)
        || (request.Path.EndsWith(Streaming, StringComparison.Ordinal) && request.Query.Contains("alt=sse", StringComparison.Ordinal));

    public override Asked Read(ScriptedRequest request)
    {
        if ((request.Json as JsonObject)?["contents"] is not JsonArray contents) return new Asked { Complaint = "* GenerateContentRequest.contents: contents is not specified" };
        string[] fields = [.. request.Json.AsObject().Select(field => field.Key).Where(name => name is "model" or "messages" or "stream")];
        return new Asked
        {
            Model = ModelOf(request.Path),
            Stream = !request.Path.EndsWith(":generateContent", StringComparison.Ordinal),
            Choices = request.Json["generationConfig"]?["candidateCount"] is JsonValue n && n.TryGetValue(out int choices) ? Math.Clamp(choices, 1, 8) : 1,
            Messages =
            [
                .. request.Json["systemInstruction"] is JsonObject system ? [new AskedMessage("system", TextOf(system["parts"]))] : Array.Empty<AskedMessage>(),
                .. contents.OfType<JsonObject>().Select(content => new AskedMessage(StringOf(content["role"]) is "model" ? "assistant" : "user", TextOf(content["parts"]))),
            ],
            Complaint = fields.Length > 0 ? $"Invalid JSON payload received. Unknown name \"{fields[0]}\": Cannot find field." : null,
        };
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        bool isFirst = true;
        foreach (ReplyStep step in reply.Steps())
        {
            // A call is whole in one part.
            if (step.Kind is ReplyStepKind.Start or ReplyStepKind.ToolArguments) continue;
            int tokens = step.Tokens;
            for (int choice = 0; choice < reply.Choices; choice++)
            {
                int index = choice;
                yield return Chunk(isFirst, json => WriteChunk(json, reply, index, tokens, json => WritePart(json, step, reply), step.Kind is ReplyStepKind.Finish));
                isFirst = false;
            }
        }

        if (End(isFirst) is { } end) yield return end;
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply)
    {
        ReplyStep[] steps = [.. reply.Steps()];
        int tokens = steps[^1].Tokens;
        return JsonText.Bytes(json => WriteChunk(json, reply, index: 0, tokens, json =>
        {
            (string text, string reasoning, _) = ReplyStep.Collect(steps);
            if (reasoning.Length > 0) WritePart(json, new ReplyStep(ReplyStepKind.Reasoning, reasoning, tokens), reply);
            if (text.Length > 0) WritePart(json, new ReplyStep(ReplyStepKind.Text, text, tokens), reply);
            foreach (ReplyStep step in steps.Where(step => step.Kind is ReplyStepKind.ToolCall)) WritePart(json, step, reply);
        }, reply.HasFinish));
    }

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.Object("error", json =>
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
        json.Text("message", message);
        json.Text("status", status);
    });

    /// <summary>A chunk in its frame.</summary>
    protected virtual Frame Chunk(bool isFirst, Action<Utf8JsonWriter> write) => Frame.Json(DataPrefix, write, "\r\n\r\n");

    /// <summary>What ends the stream, if anything does.</summary>
    protected virtual Frame? End(bool isFirst) => null;

    private static string ModelOf(string path)
    {
        string last = path[(path.LastIndexOf('/') + 1)..];
        int end = last.LastIndexOf(':');
        return end > 0 ? Uri.UnescapeDataString(last[..end]) : AnswerContent.DefaultModel;
    }

    private static void WriteChunk(Utf8JsonWriter json, Reply reply, int index, int tokens, Action<Utf8JsonWriter> writeParts, bool isFinish)
    {
        json.ArrayOfOne("candidates", json =>
        {
            json.Object("content", json =>
            {
                json.WriteStartArray("parts");
                writeParts(json);
                json.WriteEndArray();
                json.WriteString("role", "model");
            });
            if (isFinish) json.Text("finishReason", FinishOf(reply.FinishReason));
            json.WriteNumber("index", index);
        });
        if (reply.HasUsage != false)
        {
            json.Object("usageMetadata", json =>
            {
                json.WriteNumber("promptTokenCount", reply.PromptTokens);
                json.WriteNumber("candidatesTokenCount", tokens);
                json.WriteNumber("totalTokenCount", reply.PromptTokens + tokens);
            });
        }

        json.Text("modelVersion", reply.Model);
        json.WriteString("responseId", "gemini-" + reply.Id);
    }

    private static void WritePart(Utf8JsonWriter json, ReplyStep step, Reply reply)
    {
        json.WriteStartObject();
        if (step.Tool is { } tool)
        {
            json.Object("functionCall", json =>
            {
                json.Text("name", tool.Name);
                json.WritePropertyName("args");
                json.WriteRawValue(ArgumentsOf(tool), skipInputValidation: true);
                json.Text("id", tool.Id);
            });
            // Of calls that are made at once, the first is signed.
            if (step.ToolIndex == 0) json.WriteString("thoughtSignature", Convert.ToBase64String(Encoding.ASCII.GetBytes("signed-" + reply.Id)));
        }
        else
        {
            json.Text("text", step.Piece);
            if (step.Kind is ReplyStepKind.Reasoning) json.WriteBoolean("thought", true);
        }

        json.WriteEndObject();
    }

    private static string FinishOf(string reason) => reason switch
    {
        "stop" or "tool_calls" => "STOP",
        "length" => "MAX_TOKENS",
        "content_filter" => "SAFETY",
        _ => reason,
    };

    // Arguments are an object here: what is none cannot be said.
    private static string ArgumentsOf(ToolCallScript tool)
    {
        try
        {
            return JsonNode.Parse(tool.Arguments) is JsonObject ? tool.Arguments : "{}";
        }
        catch (JsonException)
        {
            return "{}";
        }
    }
}

/// <summary>The same without <c>alt=sse</c>: one JSON array, an element a chunk.</summary>
internal sealed class GeminiArrayDialect : GeminiDialect
{
    private const string Separator = "\n,\n";

    public override string StreamContentType => "application/json; charset=UTF-8";

    public override bool Matches(ScriptedRequest request) =>
        request.Path.EndsWith(":streamGenerateContent", StringComparison.Ordinal) && !request.Query.Contains("alt=sse", StringComparison.Ordinal);

    public override Frame Error(ErrorFrame error, bool isFirst) =>
        Frame.Json(isFirst ? "[" : Separator, json => WriteError(json, error.Code, error.Message, inStream: true), "\n]\n");

    protected override Frame Chunk(bool isFirst, Action<Utf8JsonWriter> write) => Frame.Json(isFirst ? "[" : Separator, write, "");

    protected override Frame? End(bool isFirst) => Frame.Text(isFirst ? "[]\n" : "\n]\n");
}
