using System.Buffers.Text;
using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>The fields of a response that the decoder uses. Of most, the last one of a name counts.</summary>
internal ref struct ResponseFields
{
    /// <summary>Whether there is a response.</summary>
    public bool IsPresent;

    /// <summary>The first id that is not blank.</summary>
    public JsonSlice Id;

    /// <summary>The first name of a model that is not blank.</summary>
    public JsonSlice Model;

    /// <summary>The first time of creation, in seconds since 1970; 0 if none was sent.</summary>
    public long CreatedAt;

    /// <summary>Whether the provider stores the answer: the first that says so or not.</summary>
    public bool? IsStored;

    /// <summary>The last status that is not blank.</summary>
    public JsonSlice Status;

    /// <summary>Why the response is incomplete.</summary>
    public JsonSlice Reason;

    /// <summary>The object with usage, as it was sent.</summary>
    public ReadOnlySpan<byte> Usage;

    /// <summary>An error, whatever it is, as it was sent; empty if it is null.</summary>
    public ReadOnlySpan<byte> Error;

    /// <summary>The list of tools that the request declared, as it was sent.</summary>
    public ReadOnlySpan<byte> Tools;

    /// <summary>The list of items, as it was sent.</summary>
    public ReadOnlySpan<byte> Output;

    /// <summary>Reads the fields to the end of the object.</summary>
    /// <param name="fields">The fields. If the object is invalid, they do not reach its end.</param>
    public void Read(ref JsonCursor fields)
    {
        IsPresent = true;
        while (fields.Next())
        {
            if (fields.Is("id"u8)) Id = Id.IsEmpty ? ReadName(ref fields) : Id;
            else if (fields.Is("model"u8)) Model = Model.IsEmpty ? ReadName(ref fields) : Model;
            else if (fields.Is("created_at"u8)) CreatedAt = CreatedAt == 0 ? ReadTime(ref fields) : CreatedAt;
            else if (fields.Is("store"u8)) IsStored ??= fields.Bool;
            else if (fields.Is("status"u8)) Status = fields.HasName ? ReadName(ref fields) : Status;
            else if (fields.Is("incomplete_details"u8)) Reason = ReadReason(ref fields);
            else if (fields.Is("usage"u8)) Usage = fields.IsObject ? fields.Value : default;
            else if (fields.Is("error"u8)) Error = fields.IsNull ? default : fields.Value;
            else if (fields.Is("tools"u8)) Tools = fields.IsArray ? fields.Value : default;
            else if (fields.Is("output"u8)) Output = fields.IsArray ? fields.Value : default;
        }
    }

    private static JsonSlice ReadName(scoped ref JsonCursor field) => field.HasName ? JsonSlice.Read(ref field) : default;

    private static long ReadTime(scoped ref JsonCursor field) =>
        field.IsNumber && Utf8Parser.TryParse(field.Value, out long seconds, out int length) && length == field.Value.Length
            && UnixTime.Create(seconds) is not null
            ? seconds
            : 0;

    private static JsonSlice ReadReason(scoped ref JsonCursor field)
    {
        if (!field.IsObject) return default;
        JsonSlice reason = default;
        JsonCursor details = field.Enter();
        while (details.Next())
        {
            if (details.Is("reason"u8)) reason = ReadName(ref details);
        }

        field.Leave(details);
        return reason;
    }
}
