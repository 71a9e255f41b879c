using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Amazon Bedrock's ConverseStream: messages of the binary Amazon event stream, with padding in their payloads; blocks of text and
/// reasoning without a start; usage in the last event. The path names the model. Errors within a stream are exceptions.
/// </summary>
internal sealed class BedrockServerDialect : ServerDialect
{
    private const string Signature = "U2lnbmVkIGJ5IGEgc2NyaXB0Lg==";
    private const string Padding = "abcdefghijklmnopqrstuvwxyz";
    private const string Models = "/model/";

    private static readonly uint[] CrcTable = CreateCrcTable();

    public override ChatDialect Dialect => ChatDialect.Bedrock;

    public override string BasePath => "/";

    public override string StreamContentType => "application/vnd.amazon.eventstream";

    public override bool IsText => false;

    public override bool Matches(ScriptedRequest request) =>
        request.Path.StartsWith(Models, StringComparison.Ordinal)
        && request.Path[request.Path.LastIndexOf('/')..] is "/converse-stream" or "/converse";

    public override ParsedRequest Parse(ScriptedRequest request)
    {
        string model = Matches(request) ? request.Path[Models.Length..request.Path.LastIndexOf('/')] : "";
        if (request.Json is not JsonObject body || body["messages"] is not JsonArray messages)
            return new ParsedRequest { Error = "The value at 'messages' failed to satisfy constraint: Member must not be null." };
        return new ParsedRequest
        {
            Model = GetModel(Uri.UnescapeDataString(model)),
            Stream = request.Path.EndsWith("-stream", StringComparison.Ordinal),
            Messages = [.. messages.OfType<JsonObject>().Select(ParseMessage)],
        };
    }

    public override IEnumerable<Frame> WriteStream(ScriptedRequest request, Reply reply)
    {
        int index = -1;
        int tokens = 0;
        ReplyDeltaKind openBlock = ReplyDeltaKind.Start;
        foreach (ReplyDelta delta in reply.GetDeltas())
        {
            tokens = delta.Tokens;
            bool startsBlock = delta.Kind is ReplyDeltaKind.ToolCall
                || (delta.Kind is ReplyDeltaKind.Reasoning or ReplyDeltaKind.Text && delta.Kind != openBlock);
            if (openBlock is not ReplyDeltaKind.Start && (startsBlock || delta.Kind is ReplyDeltaKind.Finish))
            {
                if (openBlock is ReplyDeltaKind.Reasoning) yield return CreateReasoning(index, "signature", Signature);
                yield return CreateEvent("contentBlockStop", json => json.WriteNumber("contentBlockIndex", index));
            }

            if (startsBlock) (openBlock, index) = (delta.Kind, index + 1);
            switch (delta.Kind)
            {
                case ReplyDeltaKind.Start:
                    yield return CreateEvent("messageStart", static json => json.WriteString("role", "assistant"));
                    break;
                case ReplyDeltaKind.Reasoning:
                    yield return CreateReasoning(index, "text", delta.Text);
                    break;
                case ReplyDeltaKind.Text:
                    yield return CreateDelta(index, json => json.WriteText("text", delta.Text));
                    break;
                case ReplyDeltaKind.ToolCall:
                    yield return CreateEvent("contentBlockStart", json =>
                    {
                        json.WriteNumber("contentBlockIndex", index);
                        json.WriteObject("start", json => json.WriteObject("toolUse", json =>
                        {
                            json.WriteText("name", delta.ToolCall!.Name);
                            json.WriteText("toolUseId", delta.ToolCall.Id);
                        }));
                    });
                    break;
                case ReplyDeltaKind.ToolArguments:
                    yield return CreateDelta(index, json => json.WriteObject("toolUse", json => json.WriteText("input", delta.Text)));
                    break;
                case ReplyDeltaKind.Finish:
                    yield return CreateEvent("messageStop", json => json.WriteText("stopReason", GetStopReason(reply)));
                    break;
            }
        }

        if (reply.HasEndMarker) yield return CreateEvent("metadata", json => WriteMetadata(json, reply, tokens));
    }

    public override byte[] WriteBody(ScriptedRequest request, Reply reply) => ProviderJson.ToBytes(json =>
    {
        (string text, string reasoning, int tokens) = ReplyDelta.Collect(reply.GetDeltas());
        json.WriteObject("output", json => json.WriteObject("message", json =>
        {
            json.WriteString("role", "assistant");
            json.WriteStartArray("content");
            WriteBlocks(json, reply, text, reasoning);
            json.WriteEndArray();
        }));
        if (reply.HasFinish) json.WriteText("stopReason", GetStopReason(reply));
        WriteMetadata(json, reply, tokens);
    });

    // The code is in a header of the response, or of the message.
    public override void WriteError(Utf8JsonWriter json, string code, string message, bool inStream) => json.WriteText("message", message);

    /// <summary>An exception, or, as <see cref="ErrorFormat.Field"/>, an error whose message is in a header.</summary>
    public override Frame CreateError(ErrorFrame error, int index) => error.Format is ErrorFormat.Field
        ? CreateMessage([(":message-type", "error"), (":error-code", error.Code), (":error-message", error.Message)], [])
        : CreateMessage(
            [(":message-type", "exception"), (":exception-type", GetExceptionType(error.Code)), (":content-type", "application/json")],
            ProviderJson.ToBytes(json => WriteError(json, error.Code, error.Message, inStream: true)));

    // An event of an unknown type.
    public override Frame CreateComment(string text) =>
        new(FrameKind.Comment, CreateEvent("ping", json => json.WriteText("text", text)).Bytes, 0, 0);

    private static ParsedMessage ParseMessage(JsonObject message)
    {
        IEnumerable<JsonObject> blocks = message["content"] is JsonArray content ? content.OfType<JsonObject>() : [];
        bool isToolResult = blocks.Any(block => block["toolResult"] is not null);
        return new ParsedMessage(isToolResult ? "tool" : GetString(message["role"]), GetText(message["content"]))
        {
            Reasoning = string.Concat(blocks.Select(block => GetString(block["reasoningContent"]?["reasoningText"]?["text"]))),
        };
    }

    // The finish reason of the script is in OpenAI's terms.
    private static string GetStopReason(Reply reply) => reply.FinishReason switch
    {
        "stop" => "end_turn",
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        "content_filter" => "content_filtered",
        var other => other,
    };

    private static string GetExceptionType(string code) => code switch
    {
        "rate_limit_exceeded" => "throttlingException",
        "overloaded" => "serviceUnavailableException",
        "server_error" => "internalServerException",
        "invalid_request_error" => "validationException",
        _ => code,
    };

    private static void WriteBlocks(Utf8JsonWriter json, Reply reply, string text, string reasoning)
    {
        if (reasoning.Length > 0)
        {
            json.WriteObject(json => json.WriteObject("reasoningContent", json => json.WriteObject("reasoningText", json =>
            {
                json.WriteText("text", reasoning);
                json.WriteString("signature", Signature);
            })));
        }

        if (text.Length > 0) json.WriteObject(json => json.WriteText("text", text));
        foreach (ScriptedToolCall call in reply.ToolCalls)
        {
            json.WriteObject(json => json.WriteObject("toolUse", json =>
            {
                json.WriteText("toolUseId", call.Id);
                json.WriteText("name", call.Name);
                json.WritePropertyName("input");
                json.WriteRawValue(call.Arguments, skipInputValidation: true);
            }));
        }
    }

    private static void WriteMetadata(Utf8JsonWriter json, Reply reply, int tokens)
    {
        json.WriteObject("metrics", static json => json.WriteNumber("latencyMs", 1000));
        if (reply.HasUsage == false) return;
        json.WriteObject("usage", json =>
        {
            json.WriteNumber("inputTokens", reply.PromptTokens);
            json.WriteNumber("outputTokens", tokens);
            json.WriteNumber("totalTokens", reply.PromptTokens + tokens);
        });
    }

    private static Frame CreateDelta(int index, Action<Utf8JsonWriter> write) => CreateEvent("contentBlockDelta", json =>
    {
        json.WriteNumber("contentBlockIndex", index);
        json.WriteObject("delta", write);
    });

    private static Frame CreateReasoning(int index, string field, string text) =>
        CreateDelta(index, json => json.WriteObject("reasoningContent", json => json.WriteText(field, text)));

    private static Frame CreateEvent(string type, Action<Utf8JsonWriter> write) => CreateMessage(
        [(":event-type", type), (":content-type", "application/json"), (":message-type", "event")],
        ProviderJson.ToBytes(json =>
        {
            write(json);
            json.WriteString("p", Padding);
        }));

    private static Frame CreateMessage((string Name, string Value)[] headers, byte[] payload)
    {
        byte[] written = [.. headers.SelectMany(WriteHeader)];
        return new Frame(FrameKind.Event, Wrap(payload), 12 + written.Length, payload.Length) { Wrap = Wrap };

        byte[] Wrap(ReadOnlyMemory<byte> content)
        {
            byte[] message = new byte[12 + written.Length + content.Length + 4];
            BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), written.Length);
            BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), ComputeCrc(message.AsSpan(0, 8)));
            written.CopyTo(message, 12);
            content.Span.CopyTo(message.AsSpan(12 + written.Length));
            BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), ComputeCrc(message.AsSpan(0, message.Length - 4)));
            return message;
        }
    }

    /// <summary>A header with a string: the length of the name, the name, the type 7, the length of the value, the value.</summary>
    private static byte[] WriteHeader((string Name, string Value) header)
    {
        byte[] name = Encoding.UTF8.GetBytes(header.Name), value = Encoding.UTF8.GetBytes(header.Value);
        return [(byte)name.Length, .. name, 7, (byte)(value.Length >> 8), (byte)value.Length, .. value];
    }

    private static uint ComputeCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = (crc >> 8) ^ CrcTable[(byte)(crc ^ value)];
        return ~crc;
    }

    private static uint[] CreateCrcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1);
            table[i] = value;
        }

        return table;
    }
}
