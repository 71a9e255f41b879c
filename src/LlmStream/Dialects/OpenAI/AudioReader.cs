using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Reads the audio of a chunk as OpenAI sends it, from the bytes of the event.</summary>
/// <remarks>
/// Adds the same as <see cref="MessageContents.AddAudio(ChoiceBuilder, JsonElement)"/>, which reads any form, at a fraction of its cost:
/// the data of a chunk is 25 KB of base64.
/// </remarks>
internal static class AudioReader
{
    [Flags]
    private enum Fields
    {
        None = 0,
        Id = 1,
        Transcript = 2,
        ExpiresAt = 4,
        Data = 8,
    }

    /// <summary>Reads the object that the reader is on.</summary>
    /// <returns>Whether it was read. If anything about it is unusual, it was not, and nothing was changed.</returns>
    public static bool TryRead(ref Utf8JsonReader reader, ChoiceBuilder choice)
    {
        Utf8JsonReader place = reader;
        byte[]? data = null;
        ArrayBufferWriter<byte>? rest = null;
        Fields fields = Fields.None;
        bool hasRest = false;
        while (place.NextProperty())
        {
            Fields field = FieldOf(ref place);
            if (field == Fields.None || (fields & field) != Fields.None) return false;
            fields |= field;
            ReadOnlySpan<byte> name = place.ValueSpan;
            place.Read();
            if (field == Fields.Data)
            {
                data = Decode(ref place);
                if (data is null) return false;
                continue;
            }

            if (!IsPlain(ref place)) return false;
            bool isString = place.TokenType == JsonTokenType.String;
            hasRest |= place.TokenType == JsonTokenType.Number || place.HasText();
            rest ??= new ArrayBufferWriter<byte>(128);
            rest.Write(rest.WrittenCount == 0 ? "{\""u8 : ",\""u8);
            rest.Write(name);
            rest.Write(isString ? "\":\""u8 : "\":"u8);
            rest.Write(place.ValueSpan);
            if (isString) rest.Write("\""u8);
        }

        reader = place;
        if (data is not null) MessageContents.AddAudio(choice, data);
        if (rest is null || !hasRest) return true;
        rest.Write("}"u8);
        choice.AddContent(MessageFields.OfField("audio", rest.WrittenSpan), rest.WrittenCount);
        return true;
    }

    private static Fields FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueIsEscaped ? Fields.None
        : reader.ValueSpan.SequenceEqual("id"u8) ? Fields.Id
        : reader.ValueSpan.SequenceEqual("transcript"u8) ? Fields.Transcript
        : reader.ValueSpan.SequenceEqual("expires_at"u8) ? Fields.ExpiresAt
        : reader.ValueSpan.SequenceEqual("data"u8) ? Fields.Data
        : Fields.None;

    /// <summary>Whether the value is kept as it was sent: a number, null, or a string without an escape, in either form.</summary>
    private static bool IsPlain(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number or JsonTokenType.Null => true,
        JsonTokenType.String => !reader.ValueIsEscaped && reader.ValueSpan.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0,
        _ => false,
    };

    /// <summary>The data, or null if the value is not base64, or none in its usual form.</summary>
    private static byte[]? Decode(ref Utf8JsonReader reader)
    {
        if (!reader.HasText() || reader.ValueIsEscaped || reader.ValueSpan.Length % 4 != 0) return null;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        int padding = text[^1] != (byte)'=' ? 0 : text[^2] != (byte)'=' ? 1 : 2;
#if NET
        byte[] data = GC.AllocateUninitializedArray<byte>((text.Length / 4 * 3) - padding);
#else
        byte[] data = new byte[(text.Length / 4 * 3) - padding];
#endif
        OperationStatus status = Base64.DecodeFromUtf8(text, data, out int read, out int written);
        return status == OperationStatus.Done && read == text.Length && written == data.Length ? data : null;
    }
}
