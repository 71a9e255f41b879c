using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// DashScope's own format: <c>id:</c>, <c>event:</c>, a comment with the status, and <c>data:</c>, without spaces after the colons and
/// without an end marker. Without <c>parameters.incremental_output</c>, each event contains the whole answer so far.
/// </summary>
internal sealed class DashScopeServerDialect : ServerDialect
{
    private const string RequestIdPrefix = "00000000-0000-4000-8000-0000";

    private enum ContentFormat
    {
        Text,
        Message,
        MessageParts,
    }

    public override ChatDialect Dialect => ChatDialect.DashScope;

    public override string BasePath => "/api/v1";

    public override string StreamContentType => "text/event-stream;charset=UTF-8";

    protected override string DataPrefix => "data:";

    protected override string ErrorEventPrefix => "id:1\nevent:error\n:HTTP_STATUS/400\ndata:";

    protected override bool NamesErrorEvents => true;

    public override bool Matches(ScriptedRequest request) =>
        request.Path.Contains("/services/aigc/", StringComparison.Ordinal)
        && request.Path.EndsWith("/generation", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body || body["input"] is not JsonObject input)
            return new ParsedRequest { Error = "Required body invalid, please check the request body format." };
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = request.Headers.TryGetValue("X-DashScope-SSE", out string? sse)
                && string.Equals(sse, "enable", StringComparison.OrdinalIgnoreCase),
            Messages = input["messages"] is JsonArray messages
                ? [.. messages.OfType<JsonObject>().Select(ParseMessage)]
                : [new ParsedMessage("user", GetString(input["prompt"]))],
        };
    }

    // Reasoning models support incremental output only.
    public override string? GetRefusal(ScriptedRequest request, Reply reply) =>
        reply.HasReasoning && Parse(request).Stream && IsFalse(GetParameters(request)?["incremental_output"])
            ? "This model only supports incremental_output set to true."
            : null;

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        bool isCumulative = !reply.HasReasoning && !IsTrue(GetParameters(request)?["incremental_output"]);
        ContentFormat format = GetContentFormat(request, reply);
        var text = new StringBuilder();
        var toolCalls = new List<ScriptedToolCall>(); // the arguments so far
        int id = 0;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            if (delta.Kind is ReplyDeltaKind.Start) continue;
            if (isCumulative) Add(delta, text, toolCalls);
            string content = isCumulative ? text.ToString() : delta.Kind is ReplyDeltaKind.Text ? delta.Text : "";
            string prefix = string.Create(CultureInfo.InvariantCulture, $"id:{++id}\nevent:result\n:HTTP_STATUS/200\ndata:");
            yield return Frame.CreateEvent(prefix, json => WriteEvent(json, reply, format, delta, content, json =>
            {
                if (delta.Kind is ReplyDeltaKind.Reasoning) json.WriteText("reasoning_content", delta.Text);
                if (isCumulative) WriteToolCalls(json, toolCalls);
                else if (delta.ToolCall is not null) WriteFragment(json, delta);
            }));
        }
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply) => ProviderJson.ToBytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        var finish = new ReplyDelta(ReplyDeltaKind.Finish, "", tokens);
        WriteEvent(json, reply, GetContentFormat(request, reply), finish, text, json =>
        {
            if (reasoning.Length > 0) json.WriteText("reasoning_content", reasoning);
            WriteToolCalls(json, reply.ToolCalls);
        });
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.WriteText("code", code);
        json.WriteText("message", message);
        json.WriteString("request_id", RequestIdPrefix + "00000000");
    }

    private static JsonObject? GetParameters(ScriptedRequest request) => request.Json?["parameters"] as JsonObject;

    // "text" is the documented default; it has no fields for tool calls and reasoning.
    private static ContentFormat GetContentFormat(ScriptedRequest request, Reply reply)
    {
        if (request.Path.Contains("/multimodal-generation/", StringComparison.Ordinal)) return ContentFormat.MessageParts;
        bool isMessage = GetString(GetParameters(request)?["result_format"]) is "message" || reply.HasReasoning || reply.HasToolCalls;
        return isMessage ? ContentFormat.Message : ContentFormat.Text;
    }

    private static ParsedMessage ParseMessage(JsonObject message) => new(GetString(message["role"]), GetText(message["content"]))
    {
        Reasoning = GetString(message["reasoning_content"]),
        HasPartialFlag = IsTrue(message["partial"]),
    };

    private static void Add(ReplyDelta delta, StringBuilder text, List<ScriptedToolCall> toolCalls)
    {
        if (delta.Kind is ReplyDeltaKind.Text) text.Append(delta.Text);
        if (delta.Kind is ReplyDeltaKind.ToolCall) toolCalls.Add(delta.ToolCall! with { Arguments = "" });
        if (delta.Kind is ReplyDeltaKind.ToolArguments)
            toolCalls[^1] = toolCalls[^1] with { Arguments = toolCalls[^1].Arguments + delta.Text };
    }

    private static void WriteEvent(
        Utf8JsonWriter json, Reply reply, ContentFormat format, ReplyDelta delta, string content, Action<Utf8JsonWriter> writeMore)
    {
        // Until the end it is the string "null", not the JSON value.
        string finish = delta.Kind is ReplyDeltaKind.Finish && reply.HasFinish ? reply.FinishReason : "null";
        json.WriteObject("output", json =>
        {
            if (format is ContentFormat.Text)
            {
                json.WriteText("finish_reason", finish);
                json.WriteText("text", content);
                return;
            }

            json.WriteArrayOfOne("choices", json =>
            {
                json.WriteObject("message", json =>
                {
                    WriteContent(json, format, content);
                    json.WriteString("role", "assistant");
                    writeMore(json);
                });
                json.WriteNumber("index", 0);
                json.WriteText("finish_reason", finish);
            });
        });
        if (reply.HasUsage != false)
        {
            json.WriteObject("usage", json =>
            {
                json.WriteNumber("total_tokens", reply.PromptTokens + delta.Tokens);
                json.WriteNumber("input_tokens", reply.PromptTokens);
                json.WriteNumber("output_tokens", delta.Tokens);
            });
        }

        json.WriteString("request_id", RequestIdPrefix + reply.Id);
    }

    private static void WriteContent(Utf8JsonWriter json, ContentFormat format, string content)
    {
        if (format is ContentFormat.Message) json.WriteText("content", content);
        else if (content.Length == 0) json.WriteEmptyArray("content");
        else json.WriteArrayOfOne("content", json => json.WriteText("text", content));
    }

    private static void WriteToolCalls(Utf8JsonWriter json, IReadOnlyList<ScriptedToolCall> calls)
    {
        if (calls.Count == 0) return;
        json.WriteArray("tool_calls", calls.Select((call, index) => (call, index)), static (json, item) =>
            WriteToolCall(json, item.index, item.call.Id, item.call.Name, item.call.Arguments));
    }

    // Fragments after the first have an empty id and no name.
    private static void WriteFragment(Utf8JsonWriter json, ReplyDelta delta) => json.WriteArrayOfOne("tool_calls", json =>
    {
        bool isStart = delta.Kind is ReplyDeltaKind.ToolCall;
        string id = isStart ? delta.ToolCall!.Id : "";
        string? name = isStart ? delta.ToolCall!.Name : null;
        WriteToolCall(json, delta.ToolCallIndex, id, name, delta.Text);
    });

    private static void WriteToolCall(Utf8JsonWriter json, int index, string id, string? name, string arguments)
    {
        json.WriteNumber("index", index);
        json.WriteText("id", id);
        json.WriteString("type", "function");
        json.WriteObject("function", json =>
        {
            if (name is not null) json.WriteText("name", name);
            json.WriteText("arguments", arguments);
        });
    }
}
