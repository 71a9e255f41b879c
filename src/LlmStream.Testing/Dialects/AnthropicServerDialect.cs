using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Anthropic's Messages API: named events, content blocks with a start and an end, a <c>ping</c>, usage at the start and at the end,
/// <c>message_stop</c>. For a tool call without arguments, it sends one empty fragment.
/// </summary>
internal sealed class AnthropicServerDialect : ServerDialect
{
    private const string Signature = "c2NyaXB0ZWQgdGhvdWdodHM=";

    public override ChatDialect Dialect => ChatDialect.Anthropic;

    public override string BasePath => "/v1";

    protected override bool NamesErrorEvents => true;

    public override bool Matches(ScriptedRequest request) => request.Path.EndsWith("/messages", StringComparison.Ordinal);

    public override bool IsLikely(ScriptedRequest request) =>
        request.Headers.ContainsKey("anthropic-version") || request.Path.Contains("/messages/", StringComparison.Ordinal);

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        if (request.Json is not JsonObject body) return new ParsedRequest { Error = "The request body is not valid JSON." };
        if (body["messages"] is not JsonArray messages) return new ParsedRequest { Error = "messages: Field required" };
        ParsedMessage[] parsed = [.. messages.OfType<JsonObject>().Select(ParseMessage)];
        string system = GetText(body["system"]);
        return new ParsedRequest
        {
            Model = GetModel(body["model"]),
            Stream = IsTrue(body["stream"]),
            Messages = system.Length > 0 ? [new ParsedMessage("system", system), .. parsed] : parsed,
            Error = body["max_tokens"] is null ? "max_tokens: Field required"
                : parsed is [.., { Role: "assistant", Text: [.., var last] }] && char.IsWhiteSpace(last)
                    ? "messages: final assistant content cannot end with trailing whitespace"
                : null,
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        yield return Frame.CreateTypedEvent("message_start", json => json.WriteObject(
            "message", json => WriteMessage(json, reply, writeContent: static _ => { }, stopReason: null, tokens: 1)));
        int index = -1;
        ReplyDeltaKind openBlock = ReplyDeltaKind.Start;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            bool startsBlock = delta.Kind is ReplyDeltaKind.ToolCall
                || (delta.Kind is ReplyDeltaKind.Reasoning or ReplyDeltaKind.Text && delta.Kind != openBlock);
            if (openBlock is not ReplyDeltaKind.Start && (startsBlock || delta.Kind is ReplyDeltaKind.Finish))
            {
                if (openBlock is ReplyDeltaKind.Reasoning) yield return CreateDelta(index, "signature_delta", "signature", Signature);
                yield return Frame.CreateTypedEvent("content_block_stop", json => json.WriteNumber("index", index));
            }

            if (startsBlock)
            {
                openBlock = delta.Kind;
                index++;
                yield return Frame.CreateTypedEvent("content_block_start", json => WriteBlockStart(json, index, delta));
                if (index == 0) yield return Frame.CreateTypedEvent("ping", static _ => { });
            }

            switch (delta.Kind)
            {
                case ReplyDeltaKind.Reasoning:
                    yield return CreateDelta(index, "thinking_delta", "thinking", delta.Text);
                    break;
                case ReplyDeltaKind.Text:
                    yield return CreateDelta(index, "text_delta", "text", delta.Text);
                    break;
                case ReplyDeltaKind.ToolCall:
                case ReplyDeltaKind.ToolArguments when delta.ToolCall!.Arguments is not "{}":
                    yield return CreateDelta(index, "input_json_delta", "partial_json", delta.Text);
                    break;
                case ReplyDeltaKind.Finish:
                    yield return Frame.CreateTypedEvent("message_delta", json => WriteMessageDelta(json, reply, delta.Tokens));
                    break;
            }
        }

        if (reply.HasEndMarker) yield return Frame.CreateTypedEvent("message_stop", static _ => { });
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply) => ProviderJson.ToBytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        string? stopReason = reply.HasFinish ? GetStopReason(reply) : null;
        WriteMessage(json, reply, json => WriteBlocks(json, reply, text, reasoning), stopReason, tokens);
    });

    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream)
    {
        json.WriteString("type", "error");
        json.WriteObject("error", json =>
        {
            json.WriteText("type", GetErrorType(code));
            json.WriteText("message", message);
        });
    }

    private static ParsedMessage ParseMessage(JsonObject message)
    {
        JsonArray? blocks = message["content"] as JsonArray;
        bool isToolResult = blocks?.Any(block => GetString((block as JsonObject)?["type"]) is "tool_result") is true;
        return new ParsedMessage(isToolResult ? "tool" : GetString(message["role"]), GetText(message["content"]))
        {
            Reasoning = string.Concat(blocks?.Select(block => GetString((block as JsonObject)?["thinking"])) ?? []),
        };
    }

    // The finish reason of the script is in OpenAI's terms.
    private static string GetStopReason(Reply reply) => reply.FinishReason switch
    {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "refusal",
        var other => other,
    };

    private static string GetErrorType(string code) => code switch
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

    private static Frame CreateDelta(int index, string type, string field, string text) =>
        Frame.CreateTypedEvent("content_block_delta", json =>
        {
            json.WriteNumber("index", index);
            json.WriteObject("delta", json =>
            {
                json.WriteString("type", type);
                json.WriteText(field, text);
            });
        });

    private static void WriteBlockStart(Utf8JsonWriter json, int index, ReplyDelta delta)
    {
        json.WriteNumber("index", index);
        json.WriteObject("content_block", json =>
        {
            switch (delta.Kind)
            {
                case ReplyDeltaKind.Reasoning:
                    json.WriteString("type", "thinking");
                    json.WriteString("thinking", "");
                    json.WriteString("signature", "");
                    break;
                case ReplyDeltaKind.Text:
                    json.WriteString("type", "text");
                    json.WriteString("text", "");
                    break;
                default:
                    WriteToolUse(json, delta.ToolCall!, input: "{}");
                    break;
            }
        });
    }

    private static void WriteBlocks(Utf8JsonWriter json, Reply reply, string text, string reasoning)
    {
        if (reasoning.Length > 0)
        {
            json.WriteObject(json =>
            {
                json.WriteString("type", "thinking");
                json.WriteText("thinking", reasoning);
                json.WriteString("signature", Signature);
            });
        }

        if (text.Length > 0)
        {
            json.WriteObject(json =>
            {
                json.WriteString("type", "text");
                json.WriteText("text", text);
            });
        }

        foreach (ScriptedToolCall call in reply.ToolCalls) json.WriteObject(json => WriteToolUse(json, call, call.Arguments));
    }

    private static void WriteToolUse(Utf8JsonWriter json, ScriptedToolCall call, string input)
    {
        json.WriteString("type", "tool_use");
        json.WriteText("id", call.Id);
        json.WriteText("name", call.Name);
        json.WritePropertyName("input");
        json.WriteRawValue(input, skipInputValidation: true);
    }

    private static void WriteMessage(Utf8JsonWriter json, Reply reply, Action<Utf8JsonWriter> writeContent, string? stopReason, int tokens)
    {
        json.WriteString("id", "msg_" + reply.Id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteText("model", reply.Model);
        json.WriteStartArray("content");
        writeContent(json);
        json.WriteEndArray();
        json.WriteText("stop_reason", stopReason);
        json.WriteNull("stop_sequence");
        if (reply.HasUsage != false) WriteUsage(json, reply, tokens);
    }

    private static void WriteMessageDelta(Utf8JsonWriter json, Reply reply, int tokens)
    {
        json.WriteObject("delta", json =>
        {
            json.WriteText("stop_reason", GetStopReason(reply));
            json.WriteNull("stop_sequence");
        });
        if (reply.HasUsage != false) WriteUsage(json, reply, tokens);
    }

    private static void WriteUsage(Utf8JsonWriter json, Reply reply, int tokens) => json.WriteObject("usage", json =>
    {
        json.WriteNumber("input_tokens", reply.PromptTokens);
        json.WriteNumber("output_tokens", tokens);
    });
}
