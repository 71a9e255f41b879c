using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.AspNetCore.Wires.AgUI;

/// <summary>Writes the events of AG-UI. Knows no order: see <see cref="AgUIEncoder"/>.</summary>
internal sealed class AgUIEvents(EventWriter events)
{
    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText MessageId = JsonEncodedText.Encode("messageId");
    private static readonly JsonEncodedText ToolCallId = JsonEncodedText.Encode("toolCallId");

    /// <summary>An id, encoded once. By way of UTF-8, because it may hold half of a surrogate pair, which is replaced.</summary>
    public static JsonEncodedText Encode(string id) =>
        JsonEncodedText.Encode(System.Text.Encoding.UTF8.GetBytes(id), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    /// <summary>The beginning of all deltas of a text.</summary>
    public static byte[] PrepareText(JsonEncodedText id) => Prepare("TEXT_MESSAGE_CONTENT", MessageId, id);

    /// <summary>The beginning of all deltas of reasoning.</summary>
    public static byte[] PrepareReasoning(JsonEncodedText id) => Prepare("REASONING_MESSAGE_CONTENT", MessageId, id);

    /// <summary>The beginning of all deltas of the arguments of a call.</summary>
    public static byte[] PrepareArguments(JsonEncodedText id) => Prepare("TOOL_CALL_ARGS", ToolCallId, id);

    /// <summary>Writes a piece of a text, of reasoning, or of the arguments of a call.</summary>
    /// <param name="prepared">What one of the methods above returned.</param>
    /// <param name="piece">The piece.</param>
    public void WriteDelta(byte[] prepared, string piece) => events.WriteDelta(prepared, piece, "\"}\n\n"u8);

    /// <summary>Begins an event, to which properties can be added before <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> type)
    {
        Utf8JsonWriter json = events.BeginObject();
        json.WriteString(Type, type);
        return json;
    }

    public void End() => events.EndObject();

    public void WriteTextStart(JsonEncodedText id)
    {
        Utf8JsonWriter json = Begin("TEXT_MESSAGE_START"u8);
        json.WriteString(MessageId, id);
        json.WriteString("role"u8, "assistant"u8);
        End();
    }

    public void WriteTextEnd(JsonEncodedText id) => WriteMessage("TEXT_MESSAGE_END"u8, id);

    /// <summary>Begins a span of reasoning with one message, which has the same id.</summary>
    public void WriteReasoningStart(JsonEncodedText id)
    {
        WriteMessage("REASONING_START"u8, id);
        Utf8JsonWriter json = Begin("REASONING_MESSAGE_START"u8);
        json.WriteString(MessageId, id);
        json.WriteString("role"u8, "reasoning"u8);
        End();
    }

    public void WriteReasoningEnd(JsonEncodedText id)
    {
        WriteMessage("REASONING_MESSAGE_END"u8, id);
        WriteMessage("REASONING_END"u8, id);
    }

    /// <summary>Writes the signature of a message or, if <paramref name="isCall"/>, of a call.</summary>
    public void WriteSignature(JsonEncodedText id, string signature, bool isCall = false)
    {
        Utf8JsonWriter json = Begin("REASONING_ENCRYPTED_VALUE"u8);
        json.WriteString("subtype"u8, isCall ? "tool-call"u8 : "message"u8);
        json.WriteString("entityId"u8, id);
        json.WriteString("encryptedValue"u8, signature);
        End();
    }

    public void WriteCallStart(JsonEncodedText id, string name, JsonEncodedText messageId)
    {
        Utf8JsonWriter json = Begin("TOOL_CALL_START"u8);
        json.WriteString(ToolCallId, id);
        json.WriteString("toolCallName"u8, name);
        json.WriteString("parentMessageId"u8, messageId);
        End();
    }

    public void WriteCallEnd(JsonEncodedText id, bool isIncomplete)
    {
        Utf8JsonWriter json = Begin("TOOL_CALL_END"u8);
        json.WriteString(ToolCallId, id);
        if (isIncomplete)
        {
            json.WriteStartObject("metadata"u8);
            json.WriteBoolean("incomplete"u8, true);
            json.WriteEndObject();
        }

        End();
    }

    public void WriteCallResult(string messageId, JsonEncodedText callId, string content)
    {
        Utf8JsonWriter json = Begin("TOOL_CALL_RESULT"u8);
        json.WriteString(MessageId, messageId);
        json.WriteString(ToolCallId, callId);
        json.WriteString("content"u8, content);
        json.WriteString("role"u8, "tool"u8);
        End();
    }

    /// <summary>Begins the value of a custom event, which <see cref="EndCustom"/> ends.</summary>
    public Utf8JsonWriter BeginCustom(ReadOnlySpan<byte> name)
    {
        Utf8JsonWriter json = Begin("CUSTOM"u8);
        json.WriteString("name"u8, name);
        json.WriteStartObject("value"u8);
        return json;
    }

    public void EndCustom(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        End();
    }

    private void WriteMessage(ReadOnlySpan<byte> type, JsonEncodedText id)
    {
        Begin(type).WriteString(MessageId, id);
        End();
    }

    private static byte[] Prepare(string type, JsonEncodedText idName, JsonEncodedText id) => EventWriter.Prepare(json =>
    {
        json.WriteString(Type, type);
        json.WriteString(idName, id);
        json.WriteString("delta"u8, ""u8);
    });
}
