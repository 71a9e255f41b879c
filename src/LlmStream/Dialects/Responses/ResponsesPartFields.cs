using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>The fields of a part of an item that the decoder uses. The last field of a name counts.</summary>
internal ref struct ResponsesPartFields
{
    public ResponsesPartKind? Kind;

    /// <summary>The content: <c>text</c>, or else <c>refusal</c>; empty if there is none.</summary>
    public JsonSlice Content;

    /// <summary>The list of annotations, as it was sent; empty if there is none.</summary>
    public ReadOnlySpan<byte> Annotations;

    /// <summary>Reads the fields to the end of an object that is known to be valid.</summary>
    public void Read(ref JsonCursor fields)
    {
        JsonSlice text = default, refusal = default;
        while (fields.Next())
        {
            if (fields.Is("type"u8)) Kind = ReadKind(fields);
            else if (fields.Is("text"u8)) text = JsonSlice.Read(ref fields);
            else if (fields.Is("refusal"u8)) refusal = JsonSlice.Read(ref fields);
            else if (fields.Is("annotations"u8)) Annotations = fields.IsArray ? fields.Value : default;
        }

        if (text.IsText) Content = text;
        else if (refusal.IsText) Content = refusal;
    }

    private static ResponsesPartKind? ReadKind(scoped in JsonCursor field) =>
        field.IsText("output_text"u8) || field.IsText("text"u8) ? ResponsesPartKind.Text
        : field.IsText("refusal"u8) ? ResponsesPartKind.Refusal
        : field.IsText("summary_text"u8) ? ResponsesPartKind.Summary
        : field.IsText("reasoning_text"u8) ? ResponsesPartKind.Reasoning
        : null;
}
