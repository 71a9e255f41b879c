using System.Buffers.Text;
using System.Text.Json;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>
/// The fields of one event of OpenAI's Responses that the decoder uses, in any order. The spans are raw JSON, valid as long as the
/// data of the event.
/// </summary>
internal ref struct ResponsesEvent
{
    private static readonly FieldNames KnownFields = new(
        "error", "logprobs", "obfuscation", "name", "command", "command_index", "output", "param", "annotation_index", "partial_image_b64",
        "partial_image_index", "size", "quality", "background", "output_format", "code", "message", "status", "headers", "diff",
        "operation_index");

    private static readonly FieldNames WholeFields = new("text", "arguments", "refusal", "input", "code");

    /// <summary>
    /// The type of the event, such as <c>response.output_text.delta</c>. Read from the JSON, because gateways omit the <c>event:</c>
    /// field.
    /// </summary>
    public ReadOnlySpan<byte> Type;

    /// <summary>The id of the item that the event belongs to. Some gateways send a different id in each event.</summary>
    public ReadOnlySpan<byte> ItemId;

    /// <summary>The index of that item in the output; -1 if it is missing.</summary>
    public int OutputIndex = -1;

    /// <summary>The index of the part in the item: <c>content_index</c> or <c>summary_index</c>; -1 if it is missing.</summary>
    public int PartIndex = -1;

    /// <summary>The number of the event; -1 if it has none.</summary>
    public long SequenceNumber = -1;

    /// <summary>The new content: <c>delta</c>.</summary>
    public JsonSlice Delta;

    /// <summary>
    /// The complete content, which the deltas add up to: <c>text</c>, <c>refusal</c>, <c>arguments</c>, <c>input</c>, or <c>code</c>.
    /// </summary>
    public JsonSlice Whole;

    public ReadOnlySpan<byte> Item;
    public ReadOnlySpan<byte> Part;
    public ReadOnlySpan<byte> Annotation;
    public ResponseFields Response;

    /// <summary>Whether there is a field <c>error</c>. That of an event of the type <c>error</c> is read by its type.</summary>
    public bool MayBeError;

    /// <summary>Whether the object is a response instead of an event, from a server that does not stream.</summary>
    public bool IsResponse;

    public ResponsesEvent()
    {
    }

    /// <summary>Reads the fields.</summary>
    /// <param name="data">The event.</param>
    /// <param name="latestNumber">The largest number of an event so far. A number that is not larger has no effect.</param>
    /// <param name="recorder">Records the number, and the fields that are not read.</param>
    /// <exception cref="JsonException">The bytes are not a JSON object.</exception>
    public void Read(ReadOnlySpan<byte> data, long latestNumber, TemplateRecorder recorder)
    {
        var fields = new JsonCursor(data);
        while (fields.Next())
        {
            if (fields.Is("type"u8)) Type = ReadText(fields);
            else if (fields.Is("delta"u8)) Delta = JsonSlice.Read(ref fields);
            else if (fields.Is("item_id"u8)) ItemId = ReadText(fields);
            else if (fields.Is("output_index"u8)) OutputIndex = (int)ReadNumber(ref fields, int.MaxValue);
            else if (fields.Is("content_index"u8) || fields.Is("summary_index"u8))
                PartIndex = (int)ReadNumber(ref fields, int.MaxValue);
            else if (fields.Is("sequence_number"u8))
            {
                SequenceNumber = ReadNumber(ref fields, long.MaxValue);
                if (SequenceNumber > latestNumber) recorder.NoteEventNumber(fields.Start, fields.Value.Length);
            }
            else if (fields.IsAny(WholeFields)) Whole = JsonSlice.Read(ref fields);
            else if (fields.Is("item"u8)) Item = ReadObject(ref fields);
            else if (fields.Is("part"u8)) Part = ReadObject(ref fields);
            else if (fields.Is("annotation"u8)) Annotation = ReadObject(ref fields);
            else if (fields.Is("response"u8)) ReadResponse(ref fields);
            else if (fields.Is("object"u8)) IsResponse = fields.IsText("response"u8);
            else if (fields.Is("error"u8)) MayBeError = !fields.IsNull;
            else recorder.IgnoreValue(fields.Value, fields.Start);
        }

        if (!fields.IsAtEnd) ThrowInvalid(data);
    }

    /// <summary>Reports the unknown fields of an event.</summary>
    public static void NoteUnknownFields(ReadOnlySpan<byte> data, IDecodingObserver observer)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.Read();
        while (reader.NextProperty())
        {
            if (!IsRead(ref reader)) observer.NoteField(ref reader, KnownFields);
            reader.Skip();
        }
    }

    /// <summary>Whether an event is known and contains nothing that the end of an item does not repeat.</summary>
    public static bool IsIgnorable(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("keepalive"u8) || type.SequenceEqual("ping"u8)) return true;
        if (!type.StartsWith(Prefix)) return false;
        type = type[Prefix.Length..];
        foreach (byte[] start in Steps)
        {
            if (type.StartsWith(start)) return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> Prefix => "response."u8;

    // The progress of the provider's own tools, and the starts and ends of parts.
    private static readonly byte[][] Steps =
    [
        "content_part."u8.ToArray(), "reasoning_summary_part."u8.ToArray(), "reasoning_part."u8.ToArray(),
        "reasoning_summary."u8.ToArray(), "reasoning."u8.ToArray(), "output_text."u8.ToArray(), "audio."u8.ToArray(),
        "web_search_call."u8.ToArray(), "file_search_call."u8.ToArray(), "code_interpreter_call"u8.ToArray(),
        "image_generation_call."u8.ToArray(),
        "mcp_call"u8.ToArray(), "mcp_list_tools."u8.ToArray(), "shell_call_"u8.ToArray(),
        "local_shell_call"u8.ToArray(), "apply_patch_call"u8.ToArray(), "computer_call"u8.ToArray(),
        "x_search_call."u8.ToArray(), "tool_search_call"u8.ToArray(), "compaction"u8.ToArray(),
    ];

    private static bool IsRead(ref Utf8JsonReader reader) =>
        reader.Is("type"u8) || reader.Is("delta"u8) || reader.Is("item_id"u8) || reader.Is("output_index"u8) || reader.Is("content_index"u8)
        || reader.Is("summary_index"u8) || reader.Is("sequence_number"u8) || WholeFields.Contains(ref reader)
        || reader.Is("item"u8) || reader.Is("part"u8) || reader.Is("annotation"u8) || reader.Is("response"u8);

    /// <summary>Throws the exception that shows where the data is not a JSON object.</summary>
    private static void ThrowInvalid(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, JsonOptions.Reader);
        reader.RequireObject();
        reader.RequireEnd();
        throw new JsonException("The value is not valid");
    }

    private static ReadOnlySpan<byte> ReadText(scoped in JsonCursor field) => field.HasName ? field.Raw : default;

    private static long ReadNumber(scoped ref JsonCursor field, long max) =>
        field.IsNumber && Utf8Parser.TryParse(field.Value, out long number, out int length) && length == field.Value.Length
        && number >= 0 && number <= max
            ? number
            : -1;

    private static ReadOnlySpan<byte> ReadObject(scoped ref JsonCursor field) => field.IsObject ? field.Value : default;

    private void ReadResponse(ref JsonCursor field)
    {
        Response = default;
        if (!field.IsObject) return;
        JsonCursor fields = field.Enter();
        Response.Read(ref fields);
        field.Leave(fields);
    }
}
