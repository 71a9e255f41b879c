using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Version 2 of Cohere's Chat API: named events, a start and an end around each content block and each tool call, <c>message-end</c> with
/// the finish reason and usage, then <c>[DONE]</c>. Errors within a stream are reported in <c>message-end</c>.
/// </summary>
internal sealed class CohereServerDialect : ServerDialect
{
    public override ChatDialect Dialect => ChatDialect.Cohere;

    public override string BasePath => "/v2";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith("/v2/chat", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body || body["messages"] is not JsonArray messages)
            return new ParsedRequest { Error = "invalid request: messages must be provided" };
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = IsTrue(body["stream"]),
            Messages = [.. messages.OfType<JsonObject>().Select(ParseMessage)],
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        int blocks = 0;
        ReplyDelta previous = default;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            bool isNewKind = delta.Kind != previous.Kind;
            if (isNewKind && IsContent(previous.Kind))
                yield return Frame.CreateTypedEvent("content-end", json => json.WriteNumber("index", blocks - 1));
            if (previous.ToolCall is not null && delta.Kind is not ReplyDeltaKind.ToolArguments)
                yield return Frame.CreateTypedEvent("tool-call-end", json => json.WriteNumber("index", previous.ToolCallIndex));
            if (isNewKind && IsContent(delta.Kind))
            {
                int index = blocks++;
                yield return Frame.CreateTypedEvent("content-start", json => WriteContent(json, index, delta.Kind, "", isStart: true));
            }

            yield return delta.Kind switch
            {
                ReplyDeltaKind.Start => Frame.CreateTypedEvent("message-start", json => WriteStart(json, reply)),
                ReplyDeltaKind.ToolCall => Frame.CreateTypedEvent("tool-call-start", json => WriteFragment(json, delta)),
                ReplyDeltaKind.ToolArguments => Frame.CreateTypedEvent("tool-call-delta", json => WriteFragment(json, delta)),
                ReplyDeltaKind.Finish => Frame.CreateTypedEvent(
                    "message-end", json => json.WriteObject("delta", json => WriteEnd(json, reply, delta.Tokens))),
                _ => Frame.CreateTypedEvent(
                    "content-delta", json => WriteContent(json, blocks - 1, delta.Kind, delta.Text, isStart: false)),
            };
            previous = delta;
        }

        if (reply.HasEndMarker) yield return Frame.CreateEvent("data: [DONE]\n\n");
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply) => ProviderJson.ToBytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        json.WriteString("id", reply.Id);
        json.WriteObject("message", json =>
        {
            json.WriteString("role", "assistant");
            json.WriteStartArray("content");
            WritePart(json, "thinking", reasoning);
            WritePart(json, "text", text);
            json.WriteEndArray();
            if (reply.HasToolCalls) json.WriteArray("tool_calls", reply.ToolCalls, WriteToolCall);
        });
        WriteEnd(json, reply, tokens);
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.WriteText("message", message);
        if (inStream) json.WriteText("code", code); // the body of a response has no code
    }

    public override Frame CreateError(ErrorFrame error, int index)
    {
        if (error.Format is not ErrorFormat.Data) return base.CreateError(error, index);
        return Frame.CreateTypedEvent("message-end", json => json.WriteObject("delta", json =>
        {
            json.WriteString("finish_reason", "ERROR");
            json.WriteObject("usage", _ => { });
            json.WriteText("error", error.Message);
            json.WriteText("error_type", error.Code);
        }));
    }

    private static ParsedMessage ParseMessage(JsonObject message) => new(GetString(message["role"]), GetText(message["content"]))
    {
        Reasoning = message["content"] is JsonArray parts
            ? string.Concat(parts.Select(part => GetString((part as JsonObject)?["thinking"])))
            : "",
    };

    private static bool IsContent(ReplyDeltaKind kind) => kind is ReplyDeltaKind.Reasoning or ReplyDeltaKind.Text;

    private static void WriteStart(Utf8JsonWriter json, Reply reply)
    {
        json.WriteString("id", reply.Id);
        json.WriteObject("delta", json => json.WriteObject("message", json =>
        {
            json.WriteString("role", "assistant");
            json.WriteEmptyArray("content");
            json.WriteString("tool_plan", "");
            json.WriteEmptyArray("tool_calls");
            json.WriteEmptyArray("citations");
        }));
    }

    private static void WriteContent(Utf8JsonWriter json, int index, ReplyDeltaKind kind, string text, bool isStart)
    {
        string name = kind is ReplyDeltaKind.Reasoning ? "thinking" : "text";
        json.WriteNumber("index", index);
        json.WriteObject("delta", json => json.WriteObject("message", json => json.WriteObject("content", json =>
        {
            if (isStart) json.WriteString("type", name);
            json.WriteText(name, text);
        })));
    }

    private static void WritePart(Utf8JsonWriter json, string type, string text)
    {
        if (text.Length == 0) return;
        json.WriteObject(json =>
        {
            json.WriteString("type", type);
            json.WriteText(type, text);
        });
    }

    private static void WriteFragment(Utf8JsonWriter json, ReplyDelta delta)
    {
        json.WriteNumber("index", delta.ToolCallIndex);
        json.WriteObject("delta", json => json.WriteObject("message", json => json.WriteObject("tool_calls", json =>
        {
            bool isStart = delta.Kind is ReplyDeltaKind.ToolCall;
            if (isStart)
            {
                json.WriteText("id", delta.ToolCall!.Id);
                json.WriteString("type", "function");
            }

            json.WriteObject("function", json =>
            {
                if (isStart) json.WriteText("name", delta.ToolCall!.Name);
                json.WriteText("arguments", delta.Text);
            });
        })));
    }

    private static void WriteToolCall(Utf8JsonWriter json, ScriptedToolCall call)
    {
        json.WriteText("id", call.Id);
        json.WriteString("type", "function");
        json.WriteObject("function", json =>
        {
            json.WriteText("name", call.Name);
            json.WriteText("arguments", call.Arguments);
        });
    }

    private static void WriteEnd(Utf8JsonWriter json, Reply reply, int tokens)
    {
        json.WriteText("finish_reason", !reply.HasFinish ? null : reply.FinishReason switch
        {
            "stop" => "COMPLETE",
            "length" => "MAX_TOKENS",
            "tool_calls" => "TOOL_CALL",
            var other => other,
        });
        if (reply.HasUsage == false) return;
        json.WriteObject("usage", json =>
        {
            json.WriteObject("billed_units", WriteCounts);
            json.WriteObject("tokens", WriteCounts);
        });

        void WriteCounts(Utf8JsonWriter json)
        {
            json.WriteNumber("input_tokens", reply.PromptTokens);
            json.WriteNumber("output_tokens", tokens);
        }
    }
}
