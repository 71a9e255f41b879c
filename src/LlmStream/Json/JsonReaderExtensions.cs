using System.Text.Json;

namespace LlmStream.Json;

/// <summary>What the decoders ask of a <see cref="Utf8JsonReader"/> besides what it offers.</summary>
internal static class JsonReaderExtensions
{
    /// <summary>Whether the name or string that the reader stands on is this ASCII text.</summary>
    /// <remarks>
    /// <see cref="Utf8JsonReader.ValueTextEquals(ReadOnlySpan{byte})"/> throws where an escape is half of a surrogate
    /// pair; here such a name is merely another one.
    /// </remarks>
    public static bool Is(this ref Utf8JsonReader reader, ReadOnlySpan<byte> ascii) =>
        reader.ValueIsEscaped ? IsEscapeOf(reader.ValueSpan, ascii) : reader.ValueSpan.SequenceEqual(ascii);

    /// <summary>The string that the field has which the reader stands on; null where it has something else.</summary>
    public static string? ReadString(this ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return JsonText.DecodeWhole(reader.ValueSpan, reader.ValueIsEscaped);
        reader.Skip();
        return null;
    }

    /// <summary>Keeps the place of the value of a field, which cannot be read yet, and passes over it.</summary>
    /// <returns>Whether there is a value that is not null.</returns>
    public static bool Remember(this ref Utf8JsonReader reader, ref Utf8JsonReader place)
    {
        reader.Read();
        place = reader;
        reader.Skip();
        return place.TokenType != JsonTokenType.Null;
    }

    /// <summary>The bytes of the value that the reader stands on, as they came. The reader stands on its end afterwards.</summary>
    /// <exception cref="JsonException">They are no JSON.</exception>
    public static byte[] ReadRaw(this ref Utf8JsonReader reader)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
#if NET9_0_OR_GREATER
        return System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray();
#else
        try
        {
            return System.Text.Encoding.UTF8.GetBytes(document.RootElement.GetRawText());
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("A value is no UTF-8", exception);
        }
#endif
    }

    private static bool IsEscapeOf(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> ascii)
    {
        // An escape is at most six bytes for one character.
        if (raw.Length > 6 * ascii.Length) return false;
        string text = JsonText.DecodeWhole(raw, escaped: true);
        if (text.Length != ascii.Length) return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != ascii[i]) return false;
        }

        return true;
    }
}
