using System.Globalization;
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
/// DashScope's own format: <c>id:</c>, <c>event:</c>, a comment with the status and <c>data:</c>, no space after a colon,
/// no <c>[DONE]</c>. Without <c>parameters.incremental_output</c> each event holds the whole answer so far.
/// </summary>
internal sealed class DashScopeDialect : ServerDialect
{
    private const string RequestId = "00000000-0000-4000-8000-0000";

    public override ChatDialect Dialect => ChatDialect.DashScope;

    public override string BasePath => "/api/v1";

    protected override string DataPrefix => "data:";

    protected override string ErrorEventHead => "id:1\nevent:error\n:HTTP_STATUS/400\ndata:";

    public override string StreamContentType => "text/event-stream;charset=UTF-8";

    public override bool Matches(ScriptedRequest request) =>
        request.Path.Contains("/services/aigc/", StringComparison.Ordinal) && request.Path.EndsWith("/generation", StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if ((request.Json as JsonObject)?["input"] is not JsonObject input) return new Asked { Complaint = "Required body invalid, please check the request body format." };
        return new Asked
        {
            Model = StringOf(request.Json["model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = request.Headers.TryGetValue("X-DashScope-SSE", out string? sse) && string.Equals(sse, "enable", StringComparison.OrdinalIgnoreCase),
            Messages = input["messages"] is JsonArray messages
                ? [.. messages.OfType<JsonObject>().Select(Message)]
                : [new AskedMessage("user", StringOf(input["prompt"]))],
        };
    }

    // Models that think stream increments only: asked for the whole so far, they refuse.
    public override string? Refuse(ScriptedRequest request, Reply reply) =>
        reply.HasReasoning && Read(request).Stream && IsFalse(Parameters(request)?["incremental_output"])
            ? "This model only supports incremental_output set to true."
            : null;

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        bool cumulative = !reply.HasReasoning && !IsTrue(Parameters(request)?["incremental_output"]);
        Shape shape = ShapeOf(request, reply);
        var text = new StringBuilder();
        var tools = new List<(ToolCallScript Tool, StringBuilder Arguments)>();
        int id = 0;
        foreach (ReplyStep step in reply.Steps())
        {
            if (step.Kind is ReplyStepKind.Start) continue;
            if (cumulative) Add(step, text, tools);
            string content = cumulative ? text.ToString() : step.Kind is ReplyStepKind.Text ? step.Piece : "";
            string head = string.Create(CultureInfo.InvariantCulture, $"id:{++id}\nevent:result\n:HTTP_STATUS/200\ndata:");
            yield return Frame.Json(head, json => WriteEvent(json, reply, shape, step, content, json =>
            {
                if (step.Kind is ReplyStepKind.Reasoning) json.Text("reasoning_content", step.Piece);
                if (cumulative) WriteTools(json, tools);
                else if (step.Tool is not null) WriteFragment(json, step);
            }));
        }
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply) => JsonText.Bytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyStep.Collect(reply.Steps());
        WriteEvent(json, reply, ShapeOf(request, reply), new ReplyStep(ReplyStepKind.Finish, "", tokens), text, json =>
        {
            if (reasoning.Length > 0) json.Text("reasoning_content", reasoning);
            WriteTools(json, [.. reply.ToolCalls.Select(tool => (tool, new StringBuilder(tool.Arguments)))]);
        });
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.Text("code", code);
        json.Text("message", message);
        json.WriteString("request_id", RequestId + "00000000");
    }

    private enum Shape
    {
        Text,
        Message,
        Parts,
    }

    private static JsonObject? Parameters(ScriptedRequest request) => request.Json?["parameters"] as JsonObject;

    // `text` is the documented default; it has no room for tool calls and reasoning.
    private static Shape ShapeOf(ScriptedRequest request, Reply reply) =>
        request.Path.Contains("/multimodal-generation/", StringComparison.Ordinal) ? Shape.Parts
        : StringOf(Parameters(request)?["result_format"]) is "message" || reply.HasReasoning || reply.HasTools ? Shape.Message
        : Shape.Text;

    private static AskedMessage Message(JsonObject message) => new(StringOf(message["role"]), TextOf(message["content"]))
    {
        Reasoning = StringOf(message["reasoning_content"]),
        Partial = IsTrue(message["partial"]),
    };

    private static void Add(ReplyStep step, StringBuilder text, List<(ToolCallScript Tool, StringBuilder Arguments)> tools)
    {
        if (step.Kind is ReplyStepKind.Text) text.Append(step.Piece);
        if (step.Kind is ReplyStepKind.ToolCall) tools.Add((step.Tool!, new StringBuilder()));
        if (step.Kind is ReplyStepKind.ToolArguments) tools[^1].Arguments.Append(step.Piece);
    }

    private static void WriteEvent(Utf8JsonWriter json, Reply reply, Shape shape, ReplyStep step, string content, Action<Utf8JsonWriter> writeMore)
    {
        // The string "null", not the value.
        string finish = step.Kind is ReplyStepKind.Finish && reply.HasFinish ? reply.FinishReason : "null";
        json.Object("output", json =>
        {
            if (shape is Shape.Text)
            {
                json.Text("finish_reason", finish);
                json.Text("text", content);
                return;
            }

            json.ArrayOfOne("choices", json =>
            {
                json.Object("message", json =>
                {
                    WriteContent(json, shape, content);
                    json.WriteString("role", "assistant");
                    writeMore(json);
                });
                json.WriteNumber("index", 0);
                json.Text("finish_reason", finish);
            });
        });
        if (reply.HasUsage != false)
        {
            json.Object("usage", json =>
            {
                json.WriteNumber("total_tokens", reply.PromptTokens + step.Tokens);
                json.WriteNumber("input_tokens", reply.PromptTokens);
                json.WriteNumber("output_tokens", step.Tokens);
            });
        }

        json.WriteString("request_id", RequestId + reply.Id);
    }

    private static void WriteContent(Utf8JsonWriter json, Shape shape, string content)
    {
        if (shape is not Shape.Parts)
        {
            json.Text("content", content);
            return;
        }

        json.WriteStartArray("content");
        if (content.Length > 0)
        {
            json.WriteStartObject();
            json.Text("text", content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTools(Utf8JsonWriter json, List<(ToolCallScript Tool, StringBuilder Arguments)> tools)
    {
        if (tools.Count == 0) return;
        json.WriteStartArray("tool_calls");
        for (int index = 0; index < tools.Count; index++)
        {
            (ToolCallScript tool, StringBuilder arguments) = tools[index];
            json.WriteStartObject();
            WriteTool(json, index, tool.Id, tool.Name, arguments.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // What continues a call has an empty id and no name.
    private static void WriteFragment(Utf8JsonWriter json, ReplyStep step) => json.ArrayOfOne("tool_calls", json =>
    {
        bool first = step.Kind is ReplyStepKind.ToolCall;
        WriteTool(json, step.ToolIndex, first ? step.Tool!.Id : "", first ? step.Tool!.Name : null, step.Piece);
    });

    private static void WriteTool(Utf8JsonWriter json, int index, string id, string? name, string arguments)
    {
        json.WriteNumber("index", index);
        json.Text("id", id);
        json.WriteString("type", "function");
        json.Object("function", json =>
        {
            if (name is not null) json.Text("name", name);
            json.Text("arguments", arguments);
        });
    }
}
