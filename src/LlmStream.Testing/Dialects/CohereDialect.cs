using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Version 2 of Cohere's Chat API: events with a name and a type, a start and an end around each block of content and each tool call,
/// <c>message-end</c> with the finish reason and the counts, then <c>[DONE]</c>. What goes wrong in mid-stream is said in <c>message-end</c>.
/// </summary>
internal sealed class CohereDialect : ServerDialect
{
    public override ChatDialect Dialect => ChatDialect.Cohere;

    public override string BasePath => "/v2";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith("/v2/chat", StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if ((request.Json as JsonObject)?["messages"] is not JsonArray messages) return new Asked { Complaint = "invalid request: messages must be provided" };
        return new Asked
        {
            Model = StringOf(request.Json["model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = IsTrue(request.Json["stream"]),
            Messages = [.. messages.OfType<JsonObject>().Select(message => new AskedMessage(StringOf(message["role"]), TextOf(message["content"]))
            {
                Reasoning = message["content"] is JsonArray parts ? string.Concat(parts.Select(part => StringOf((part as JsonObject)?["thinking"]))) : "",
            })],
        };
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        int blocks = 0; // of content, so far
        ReplyStep last = default;
        foreach (ReplyStep step in reply.Steps())
        {
            bool begins = step.Kind != last.Kind;
            if (begins && last.Kind is ReplyStepKind.Reasoning or ReplyStepKind.Text) yield return Event("content-end", json => json.WriteNumber("index", blocks - 1));
            if (last.Tool is not null && step.Kind is not ReplyStepKind.ToolArguments) yield return Event("tool-call-end", json => json.WriteNumber("index", last.ToolIndex));
            if (begins && step.Kind is ReplyStepKind.Reasoning or ReplyStepKind.Text)
            {
                int index = blocks++;
                yield return Event("content-start", json => WriteBlock(json, index, step.Kind, "", isStart: true));
            }

            yield return step.Kind switch
            {
                ReplyStepKind.Start => Event("message-start", json => WriteStart(json, reply)),
                ReplyStepKind.ToolCall => Event("tool-call-start", json => WriteFragment(json, step)),
                ReplyStepKind.ToolArguments => Event("tool-call-delta", json => WriteFragment(json, step)),
                ReplyStepKind.Finish => Event("message-end", json => json.Object("delta", json => WriteEnd(json, reply, step.Tokens))),
                _ => Event("content-delta", json => WriteBlock(json, blocks - 1, step.Kind, step.Piece, isStart: false)),
            };
            last = step;
        }

        if (reply.HasDone) yield return Frame.Text("data: [DONE]\n\n");
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply) => JsonText.Bytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyStep.Collect(reply.Steps());
        json.WriteString("id", reply.Id);
        json.Object("message", json =>
        {
            json.WriteString("role", "assistant");
            json.WriteStartArray("content");
            WritePart(json, "thinking", reasoning);
            WritePart(json, "text", text);
            json.WriteEndArray();
            if (reply.HasTools) WriteCalls(json, reply.ToolCalls);
        });
        WriteEnd(json, reply, tokens);
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.Text("message", message);
        // A response has no code; in mid-stream there is one.
        if (inStream) json.Text("code", code);
    }

    public override Frame Error(ErrorFrame error, bool isFirst) => error.Form is not ErrorForm.Data ? base.Error(error, isFirst) : Event("message-end", json => json.Object("delta", json =>
    {
        json.WriteString("finish_reason", "ERROR");
        json.Object("usage", _ => { });
        json.Text("error", error.Message);
        json.Text("error_type", error.Code);
    }));

    private static Frame Event(string type, Action<Utf8JsonWriter> write) => Frame.Json($"event: {type}\ndata: ", json =>
    {
        json.WriteString("type", type);
        write(json);
    });

    private static void WriteStart(Utf8JsonWriter json, Reply reply)
    {
        json.WriteString("id", reply.Id);
        json.Object("delta", json => json.Object("message", json =>
        {
            json.WriteString("role", "assistant");
            json.WriteStartArray("content");
            json.WriteEndArray();
            json.WriteString("tool_plan", "");
            json.WriteStartArray("tool_calls");
            json.WriteEndArray();
            json.WriteStartArray("citations");
            json.WriteEndArray();
        }));
    }

    private static void WriteBlock(Utf8JsonWriter json, int index, ReplyStepKind kind, string piece, bool isStart)
    {
        string name = kind is ReplyStepKind.Reasoning ? "thinking" : "text";
        json.WriteNumber("index", index);
        json.Object("delta", json => json.Object("message", json => json.Object("content", json =>
        {
            if (isStart) json.WriteString("type", name);
            json.Text(name, piece);
        })));
    }

    private static void WritePart(Utf8JsonWriter json, string name, string text)
    {
        if (text.Length == 0) return;
        json.WriteStartObject();
        json.WriteString("type", name);
        json.Text(name, text);
        json.WriteEndObject();
    }

    private static void WriteFragment(Utf8JsonWriter json, ReplyStep step)
    {
        json.WriteNumber("index", step.ToolIndex);
        json.Object("delta", json => json.Object("message", json => json.Object("tool_calls", json =>
        {
            bool isStart = step.Kind is ReplyStepKind.ToolCall;
            if (isStart)
            {
                json.Text("id", step.Tool!.Id);
                json.WriteString("type", "function");
            }

            json.Object("function", json =>
            {
                if (isStart) json.Text("name", step.Tool!.Name);
                json.Text("arguments", step.Piece);
            });
        })));
    }

    private static void WriteCalls(Utf8JsonWriter json, IReadOnlyList<ToolCallScript> tools)
    {
        json.WriteStartArray("tool_calls");
        foreach (ToolCallScript tool in tools)
        {
            json.WriteStartObject();
            json.Text("id", tool.Id);
            json.WriteString("type", "function");
            json.Object("function", json =>
            {
                json.Text("name", tool.Name);
                json.Text("arguments", tool.Arguments);
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteEnd(Utf8JsonWriter json, Reply reply, int tokens)
    {
        json.Text("finish_reason", !reply.HasFinish ? null : reply.FinishReason switch
        {
            "stop" => "COMPLETE",
            "length" => "MAX_TOKENS",
            "tool_calls" => "TOOL_CALL",
            var other => other,
        });
        if (reply.HasUsage == false) return;
        json.Object("usage", json =>
        {
            foreach (string name in (ReadOnlySpan<string>)["billed_units", "tokens"])
            {
                json.Object(name, json =>
                {
                    json.WriteNumber("input_tokens", reply.PromptTokens);
                    json.WriteNumber("output_tokens", tokens);
                });
            }
        });
    }
}
