using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Ollama's own format: a JSON object a line, tool calls whole and with their arguments as an object, the counts in the line that
/// says <c>"done":true</c>; errors are <c>{"error":"…"}</c>, in mid-stream a line of its own. It streams unless it is told not to.
/// </summary>
internal sealed class OllamaDialect : ServerDialect
{
    private const string CreatedAt = "2023-11-14T22:13:20.123456789Z";

    public override ChatDialect Dialect => ChatDialect.Ollama;

    public override string BasePath => "/api";

    public override string StreamContentType => "application/x-ndjson";

    public override bool Matches(ScriptedRequest request) =>
        request.Path.EndsWith("/api/chat", StringComparison.Ordinal) || request.Path.EndsWith("/api/generate", StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new Asked { Complaint = "missing request body" };
        return new Asked
        {
            Model = StringOf(body["model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = !IsFalse(body["stream"]),
            Messages = body["messages"] is JsonArray messages
                ? [.. messages.OfType<JsonObject>().Select(message => new AskedMessage(StringOf(message["role"]), StringOf(message["content"])) { Reasoning = StringOf(message["thinking"]) })]
                : [new AskedMessage("user", StringOf(body["prompt"]))],
        };
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        bool isGenerate = IsGenerate(request);
        foreach (ReplyStep step in reply.Steps())
        {
            // A call is sent when it is whole.
            if (step.Kind is ReplyStepKind.Start or ReplyStepKind.ToolArguments) continue;
            yield return Frame.Json("", json =>
            {
                string text = step.Kind is ReplyStepKind.Text ? step.Piece : "", reasoning = step.Kind is ReplyStepKind.Reasoning ? step.Piece : "";
                WriteAnswer(json, isGenerate, reply, text, reasoning, step.Tool is { } tool ? [tool] : []);
                WriteEnd(json, reply, step.Kind is ReplyStepKind.Finish, step.Tokens);
            }, tail: "\n");
        }
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply) => JsonText.Bytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyStep.Collect(reply.Steps());
        WriteAnswer(json, IsGenerate(request), reply, text, reasoning, reply.ToolCalls);
        WriteEnd(json, reply, reply.HasFinish, tokens);
    });

    // It has no codes.
    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.Text("error", message);

    public override Frame Error(ErrorFrame error, bool isFirst) => error.Form is ErrorForm.BareJson
        ? base.Error(error, isFirst)
        : Frame.Json("", json => WriteError(json, error.Code, error.Message, inStream: true), tail: "\n");

    // Lines of JSON have no comments. An empty line says as little.
    public override Frame Comment(string text) => Frame.Comment("\n");

    private static bool IsGenerate(ScriptedRequest request) => request.Path.EndsWith("/generate", StringComparison.Ordinal);

    private static void WriteAnswer(Utf8JsonWriter json, bool isGenerate, Reply reply, string text, string reasoning, IReadOnlyList<ToolCallScript> tools)
    {
        json.Text("model", reply.Model);
        json.WriteString("created_at", CreatedAt);
        if (isGenerate)
        {
            json.Text("response", text);
            WriteMore(json);
            return;
        }

        json.Object("message", json =>
        {
            json.WriteString("role", "assistant");
            json.Text("content", text);
            WriteMore(json);
        });

        void WriteMore(Utf8JsonWriter json)
        {
            if (reasoning.Length > 0) json.Text("thinking", reasoning);
            if (tools.Count > 0) WriteTools(json, tools);
        }
    }

    private static void WriteTools(Utf8JsonWriter json, IReadOnlyList<ToolCallScript> tools)
    {
        json.WriteStartArray("tool_calls");
        foreach (ToolCallScript tool in tools)
        {
            json.WriteStartObject();
            json.Text("id", tool.Id);
            json.Object("function", json =>
            {
                json.Text("name", tool.Name);
                if (IsObject(tool.Arguments))
                {
                    json.WritePropertyName("arguments");
                    json.WriteRawValue(tool.Arguments.Replace('\n', ' ').Replace('\r', ' ')); // one line
                }
                else
                {
                    json.Text("arguments", tool.Arguments); // no JSON: so a gateway would pass it on
                }
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteEnd(Utf8JsonWriter json, Reply reply, bool isDone, int tokens)
    {
        json.WriteBoolean("done", isDone);
        if (!isDone) return;
        json.Text("done_reason", reply.FinishReason is "tool_calls" ? "stop" : reply.FinishReason);
        if (reply.HasUsage == false) return;
        json.WriteNumber("total_duration", 3_000_000L);
        json.WriteNumber("load_duration", 1_000_000L);
        json.WriteNumber("prompt_eval_count", reply.PromptTokens);
        json.WriteNumber("prompt_eval_duration", 500_000L);
        json.WriteNumber("eval_count", tokens);
        json.WriteNumber("eval_duration", 1_500_000L);
    }

    private static bool IsObject(string arguments)
    {
        try
        {
            return JsonNode.Parse(arguments) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
