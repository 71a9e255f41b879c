using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Ollama's own format: a JSON object per line, whole tool calls with their arguments as an object, usage in the line with
/// <c>"done":true</c>. Errors are <c>{"error":"…"}</c>, within a stream a separate line. It streams unless the request says otherwise.
/// </summary>
internal sealed class OllamaServerDialect : ServerDialect
{
    private const string CreatedAt = "2023-11-14T22:13:20.123456789Z";

    public override ChatDialect Dialect => ChatDialect.Ollama;

    public override string BasePath => "/api";

    public override string StreamContentType => "application/x-ndjson";

    public override bool Matches(ScriptedRequest request) =>
        request.Path.EndsWith("/api/chat", StringComparison.Ordinal) || request.Path.EndsWith("/api/generate", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new ParsedRequest { Error = "missing request body" };
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = !IsFalse(body["stream"]),
            Messages = body["messages"] is JsonArray messages
                ? [.. messages.OfType<JsonObject>().Select(ParseMessage)]
                : [new ParsedMessage("user", GetString(body["prompt"]))],
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        bool isGenerate = IsGenerate(request);
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            // ToolCall is written as the whole call.
            if (delta.Kind is ReplyDeltaKind.Start or ReplyDeltaKind.ToolArguments) continue;
            yield return CreateLine(json =>
            {
                string text = delta.Kind is ReplyDeltaKind.Text ? delta.Text : "";
                string reasoning = delta.Kind is ReplyDeltaKind.Reasoning ? delta.Text : "";
                WriteAnswer(json, isGenerate, reply, text, reasoning, delta.ToolCall is { } call ? [call] : []);
                WriteEnd(json, reply, delta.Kind is ReplyDeltaKind.Finish, delta.Tokens);
            });
        }
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply) => ProviderJson.ToBytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        WriteAnswer(json, IsGenerate(request), reply, text, reasoning, reply.ToolCalls);
        WriteEnd(json, reply, reply.HasFinish, tokens);
    });

    // Ollama has no error codes.
    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.WriteText("error", message);

    public override Frame CreateError(ErrorFrame error, int index) => error.Format is ErrorFormat.BareJson
        ? base.CreateError(error, index)
        : CreateLine(json => WriteError(json, error.Code, error.Message, inStream: true));

    // JSON lines have no comments, but clients ignore empty lines.
    public override Frame CreateComment(string text) => Frame.CreateComment("\n");

    private static bool IsGenerate(ScriptedRequest request) => request.Path.EndsWith("/generate", StringComparison.Ordinal);

    private static ParsedMessage ParseMessage(JsonObject message) => new(GetString(message["role"]), GetString(message["content"]))
    {
        Reasoning = GetString(message["thinking"]),
    };

    private static Frame CreateLine(Action<Utf8JsonWriter> write) => Frame.CreateEvent("", write, suffix: "\n");

    private static void WriteAnswer(
        Utf8JsonWriter json, bool isGenerate, Reply reply, string text, string reasoning, IReadOnlyList<ScriptedToolCall> toolCalls)
    {
        json.WriteText("model", reply.Model);
        json.WriteString("created_at", CreatedAt);
        if (isGenerate)
        {
            json.WriteText("response", text);
            WriteOptionalMembers(json);
            return;
        }

        json.WriteObject("message", json =>
        {
            json.WriteString("role", "assistant");
            json.WriteText("content", text);
            WriteOptionalMembers(json);
        });

        void WriteOptionalMembers(Utf8JsonWriter json)
        {
            if (reasoning.Length > 0) json.WriteText("thinking", reasoning);
            if (toolCalls.Count > 0) json.WriteArray("tool_calls", toolCalls, WriteToolCall);
        }
    }

    private static void WriteToolCall(Utf8JsonWriter json, ScriptedToolCall call)
    {
        json.WriteText("id", call.Id);
        json.WriteObject("function", json =>
        {
            json.WriteText("name", call.Name);
            if (!IsObject(call.Arguments))
            {
                json.WriteText("arguments", call.Arguments); // as gateways pass on arguments that are not JSON
                return;
            }

            json.WritePropertyName("arguments");
            json.WriteRawValue(call.Arguments.Replace('\n', ' ').Replace('\r', ' ')); // everything on one line
        });
    }

    private static void WriteEnd(Utf8JsonWriter json, Reply reply, bool isDone, int tokens)
    {
        json.WriteBoolean("done", isDone);
        if (!isDone) return;
        json.WriteText("done_reason", reply.FinishReason is "tool_calls" ? "stop" : reply.FinishReason);
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
