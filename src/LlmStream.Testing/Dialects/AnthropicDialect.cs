using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Framing;
using LlmStream.Json;
using LlmStream.Testing.Continuing;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Anthropic's Messages API: named events, blocks that begin and end, a <c>ping</c>, running counts at both ends,
/// <c>message_stop</c>, no <c>[DONE]</c>. A call without arguments sends an empty fragment and no other.
/// </summary>
internal sealed class AnthropicDialect : ServerDialect
{
    private const string Signature = "c2NyaXB0ZWQgdGhvdWdodHM=";

    public override ChatDialect Dialect => ChatDialect.Anthropic;

    public override string BasePath => "/v1";

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith("/messages", StringComparison.Ordinal);

    public override Asked Read(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new Asked { Complaint = "The request body is not valid JSON." };
        if (body["messages"] is not JsonArray messages) return new Asked { Complaint = "messages: Field required" };
        AskedMessage[] asked = [.. messages.OfType<JsonObject>().Select(Message)];
        return new Asked
        {
            Model = StringOf(body["model"]) is { Length: > 0 } model ? model : AnswerContent.DefaultModel,
            Stream = IsTrue(body["stream"]),
            Messages = [.. TextOf(body["system"]) is { Length: > 0 } system ? (AskedMessage[])[new AskedMessage("system", system)] : [], .. asked],
            Complaint = body["max_tokens"] is null ? "max_tokens: Field required"
                : asked is [.., { Role: "assistant" } last] && last.Text.Length > 0 && char.IsWhiteSpace(last.Text[^1]) ? "messages: final assistant content cannot end with trailing whitespace"
                : null,
        };
    }

    public override IEnumerable<Frame> Stream(ScriptedRequest request, Reply reply)
    {
        yield return Event("message_start", json => json.Object("message", json => WriteMessage(json, reply, WriteNothing, stopReason: null, tokens: 1)));
        int index = -1;
        ReplyStepKind open = ReplyStepKind.Start;
        foreach (ReplyStep step in reply.Steps())
        {
            bool begins = step.Kind is ReplyStepKind.ToolCall || (step.Kind is ReplyStepKind.Reasoning or ReplyStepKind.Text && step.Kind != open);
            if (open is not ReplyStepKind.Start && (begins || step.Kind is ReplyStepKind.Finish))
            {
                if (open is ReplyStepKind.Reasoning) yield return Delta(index, "signature_delta", "signature", Signature);
                yield return Event("content_block_stop", json => json.WriteNumber("index", index));
            }

            if (begins)
            {
                open = step.Kind;
                index++;
                yield return Event("content_block_start", json => WriteStart(json, index, step));
                if (index == 0) yield return Event("ping", static _ => { });
            }

            switch (step.Kind)
            {
                case ReplyStepKind.Reasoning:
                    yield return Delta(index, "thinking_delta", "thinking", step.Piece);
                    break;
                case ReplyStepKind.Text:
                    yield return Delta(index, "text_delta", "text", step.Piece);
                    break;
                case ReplyStepKind.ToolCall:
                case ReplyStepKind.ToolArguments when step.Tool!.Arguments is not "{}":
                    yield return Delta(index, "input_json_delta", "partial_json", step.Piece);
                    break;
                case ReplyStepKind.Finish:
                    yield return Event("message_delta", json =>
                    {
                        json.Object("delta", json =>
                        {
                            json.Text("stop_reason", StopReason(reply));
                            json.WriteNull("stop_sequence");
                        });
                        if (reply.HasUsage != false) json.Object("usage", json => WriteUsage(json, reply, step.Tokens));
                    });
                    break;
            }
        }

        if (reply.HasDone) yield return Event("message_stop", static _ => { });
    }

    public override byte[] Whole(ScriptedRequest request, Reply reply) => JsonText.Bytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyStep.Collect(reply.Steps());
        WriteMessage(json, reply, json => WriteBlocks(json, reply, text, reasoning), reply.HasFinish ? StopReason(reply) : null, tokens);
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.WriteString("type", "error");
        json.Object("error", json =>
        {
            json.Text("type", inStream ? code : CodeOf(code));
            json.Text("message", message);
        });
    }

    private static AskedMessage Message(JsonObject message)
    {
        JsonArray? blocks = message["content"] as JsonArray;
        string role = StringOf(message["role"]);
        bool isResult = blocks?.Any(block => StringOf((block as JsonObject)?["type"]) is "tool_result") is true;
        return new AskedMessage(isResult ? "tool" : role, TextOf(message["content"]))
        {
            Reasoning = string.Concat(blocks?.Select(block => StringOf((block as JsonObject)?["thinking"])) ?? []),
        };
    }

    /// <summary>What the script calls it in OpenAI's words.</summary>
    private static string StopReason(Reply reply) => reply.FinishReason switch
    {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        var other => other,
    };

    private static string CodeOf(string code) => code switch
    {
        "invalid_api_key" => "authentication_error",
        "insufficient_quota" => "billing_error",
        "permission_denied" => "permission_error",
        "model_not_found" or "not_found" => "not_found_error",
        "request_timeout" => "timeout_error",
        "rate_limit_exceeded" => "rate_limit_error",
        "overloaded" => "overloaded_error",
        "server_error" => "api_error",
        _ => code,
    };

    private static Frame Event(string type, Action<Utf8JsonWriter> write) => Frame.Json($"event: {type}\ndata: ", json =>
    {
        json.WriteString("type", type);
        write(json);
    });

    private static Frame Delta(int index, string type, string field, string piece) => Event("content_block_delta", json =>
    {
        json.WriteNumber("index", index);
        json.Object("delta", json =>
        {
            json.WriteString("type", type);
            json.Text(field, piece);
        });
    });

    private static void WriteStart(Utf8JsonWriter json, int index, ReplyStep step)
    {
        json.WriteNumber("index", index);
        json.Object("content_block", json =>
        {
            switch (step.Kind)
            {
                case ReplyStepKind.Reasoning:
                    json.WriteString("type", "thinking");
                    json.WriteString("thinking", "");
                    json.WriteString("signature", "");
                    break;
                case ReplyStepKind.Text:
                    json.WriteString("type", "text");
                    json.WriteString("text", "");
                    break;
                default:
                    WriteCall(json, step.Tool!, input: "{}");
                    break;
            }
        });
    }

    private static void WriteNothing(Utf8JsonWriter json)
    {
    }

    private static void WriteBlocks(Utf8JsonWriter json, Reply reply, string text, string reasoning)
    {
        if (reasoning.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "thinking");
            json.Text("thinking", reasoning);
            json.WriteString("signature", Signature);
            json.WriteEndObject();
        }

        if (text.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.Text("text", text);
            json.WriteEndObject();
        }

        foreach (ToolCallScript tool in reply.ToolCalls)
        {
            json.WriteStartObject();
            WriteCall(json, tool, tool.Arguments);
            json.WriteEndObject();
        }
    }

    private static void WriteCall(Utf8JsonWriter json, ToolCallScript tool, string input)
    {
        json.WriteString("type", "tool_use");
        json.Text("id", tool.Id);
        json.Text("name", tool.Name);
        json.WritePropertyName("input");
        json.WriteRawValue(input, skipInputValidation: true);
    }

    private static void WriteMessage(Utf8JsonWriter json, Reply reply, Action<Utf8JsonWriter> writeContent, string? stopReason, int tokens)
    {
        json.WriteString("id", "msg_" + reply.Id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.Text("model", reply.Model);
        json.WriteStartArray("content");
        writeContent(json);
        json.WriteEndArray();
        json.Text("stop_reason", stopReason);
        json.WriteNull("stop_sequence");
        if (reply.HasUsage != false) json.Object("usage", json => WriteUsage(json, reply, tokens));
    }

    private static void WriteUsage(Utf8JsonWriter json, Reply reply, int tokens)
    {
        json.WriteNumber("input_tokens", reply.PromptTokens);
        json.WriteNumber("output_tokens", tokens);
    }
}
