using System.Buffers.Text;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>The operations with which all decoders read JSON, in addition to those of <see cref="Utf8JsonReader"/>.</summary>
/// <remarks>
/// A reader is on a property name, or on the value of a property or an element of an array. The <c>Read…</c> methods start on a
/// property name; all others on a value. Each leaves the reader on the last token of the value.
/// </remarks>
internal static class JsonReaderExtensions
{
    /// <summary>Whether the name or string that the reader is on equals this ASCII text.</summary>
    /// <remarks>
    /// <see cref="Utf8JsonReader.ValueTextEquals(ReadOnlySpan{byte})"/> throws if an escape is half of a surrogate pair; here such a
    /// name only differs.
    /// </remarks>
    public static bool Is(this ref Utf8JsonReader reader, ReadOnlySpan<byte> ascii) =>
        JsonText.AreEqual(reader.ValueSpan, reader.ValueIsEscaped, ascii);

    /// <summary>Enters the object that the data of a new reader consists of. <see cref="RequireEnd"/> checks the rest.</summary>
    /// <exception cref="JsonException">The data is something else.</exception>
    public static void RequireObject(this ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("The value is not an object");
    }

    /// <summary>Enters the object that the reader is on. A value of another kind is skipped.</summary>
    /// <returns>Whether it is an object. Its properties follow by <see cref="NextProperty"/>. False for the default reader.</returns>
    public static bool TryEnterObject(this ref Utf8JsonReader reader) => reader.TryEnter(JsonTokenType.StartObject);

    /// <summary>Enters the array that the reader is on. A value of another kind is skipped.</summary>
    /// <returns>Whether it is an array. Its elements follow by <see cref="NextItem"/>. False for the default reader.</returns>
    public static bool TryEnterArray(this ref Utf8JsonReader reader) => reader.TryEnter(JsonTokenType.StartArray);

    /// <summary>Moves to the name of the next property of the current object.</summary>
    /// <returns>False at the end of the object.</returns>
    public static bool NextProperty(this ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves to the next element of the current array.</summary>
    /// <returns>False at the end of the array.</returns>
    public static bool NextItem(this ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    /// <summary>Moves to the next object in the current array. Elements of other kinds are skipped.</summary>
    /// <returns>False at the end of the array.</returns>
    public static bool NextObject(this ref Utf8JsonReader reader)
    {
        while (reader.NextItem())
        {
            if (reader.TryEnterObject()) return true;
        }

        return false;
    }

    /// <summary>Moves to the value of the property and enters it, if it is an object; otherwise skips it.</summary>
    public static bool ReadObject(this ref Utf8JsonReader reader) => reader.Read() && reader.TryEnterObject();

    /// <summary>Moves to the value of the property and enters it, if it is an array; otherwise skips it.</summary>
    public static bool ReadArray(this ref Utf8JsonReader reader) => reader.Read() && reader.TryEnterArray();

    /// <summary>Moves to the value of the property, if it is a string, empty or not; otherwise skips it.</summary>
    public static bool ReadText(this ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return true;
        reader.Skip();
        return false;
    }

    /// <summary>The value of the property that the reader is on, if it is a string; otherwise null.</summary>
    public static string? ReadString(this ref Utf8JsonReader reader) => reader.ReadText() ? reader.Decode() : null;

    /// <summary>The value of the property, if it is a string that is not blank; otherwise null.</summary>
    /// <inheritdoc cref="HasName" path="/remarks"/>
    public static string? ReadName(this ref Utf8JsonReader reader) => reader.ReadText() && reader.HasName() ? reader.Decode() : null;

    /// <summary>The time in ISO 8601 that the reader is on, or null if the value is none.</summary>
    public static DateTimeOffset? ToTime(this in Utf8JsonReader reader) =>
        // An escaped time is unknown: the method throws if an escape is half of a surrogate pair.
        reader is { TokenType: JsonTokenType.String, ValueIsEscaped: false } && reader.TryGetDateTimeOffset(out DateTimeOffset time)
            ? time
            : null;

    /// <summary>The bytes that the string that the reader is on has in base64, or null if it is not base64.</summary>
    public static byte[]? ToBytes(this in Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return null;
        if (!reader.ValueIsEscaped) return reader.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : null;
        // Some servers escape the slashes. The method throws if an escape is half of a surrogate pair.
        string text = reader.Decode();
        return Base64.IsValid(text) ? Convert.FromBase64String(text) : null;
    }

    /// <summary>Whether the value of the property is <c>true</c>.</summary>
    public static bool ReadTrue(this ref Utf8JsonReader reader)
    {
        reader.Read();
        bool isTrue = reader.TokenType == JsonTokenType.True;
        reader.Skip();
        return isTrue;
    }

    /// <summary>The value of the property, if it is a whole number within <see cref="int"/>; otherwise null.</summary>
    /// <remarks>Some servers send numbers as strings (<c>"0"</c>) or as floating-point numbers (<c>0.0</c>).</remarks>
    public static int? ReadInt32(this ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.Number or JsonTokenType.String) return ToInt32(reader.ValueSpan);
        reader.Skip();
        return null;
    }

    /// <summary>The value of a property that counts from 0; 0 if it is missing, negative, or not a number.</summary>
    public static int ReadIndex(this ref Utf8JsonReader reader) => reader.ReadInt32() is > 0 and int index ? index : 0;

    /// <summary>Skips the value of the property.</summary>
    /// <returns>Whether it is not null.</returns>
    public static bool ReadPresence(this ref Utf8JsonReader reader)
    {
        reader.Read();
        bool isPresent = reader.TokenType != JsonTokenType.Null;
        reader.Skip();
        return isPresent;
    }

    /// <summary>Keeps the place of the value of the property, to be read later in the same event, and skips it.</summary>
    /// <returns>Whether the value is not null: <see cref="HasValue"/>.</returns>
    public static bool Remember(this ref Utf8JsonReader reader, ref Utf8JsonReader place)
    {
        reader.Read();
        place = reader;
        reader.Skip();
        return place.HasValue();
    }

    /// <summary>Whether the reader is on a value other than null, and not the default.</summary>
    public static bool HasValue(this in Utf8JsonReader reader) => reader.TokenType is not (JsonTokenType.None or JsonTokenType.Null);

    /// <summary>Whether the reader is on a string that is not empty.</summary>
    public static bool HasText(this in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && !reader.ValueSpan.IsEmpty;

    /// <summary>Whether the reader is on a string that is not blank (<see cref="JsonText.IsBlank(ReadOnlySpan{byte}, bool)"/>).</summary>
    /// <remarks>
    /// Strings that name something (a role, a finish reason, an id, a function, a type) are absent if they are blank: servers send
    /// <c>""</c> or <c>" "</c> in place of null. In texts, white space is content.
    /// </remarks>
    public static bool HasName(this in Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && !JsonText.IsBlank(reader.ValueSpan, reader.ValueIsEscaped);

    /// <summary>The name or string that the reader is on. Half of a surrogate pair becomes U+FFFD.</summary>
    public static string Decode(this in Utf8JsonReader reader) => JsonText.DecodeWhole(reader.ValueSpan, reader.ValueIsEscaped);

    /// <summary>The bytes of the value that the reader is on. The reader ends on the last token of the value.</summary>
    /// <param name="reader">A reader of <paramref name="data"/>.</param>
    /// <param name="data">All bytes that the reader reads.</param>
    public static ReadOnlySpan<byte> Slice(this scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return data[start..(int)reader.BytesConsumed];
    }

    /// <summary>A copy of the bytes of the value that the reader is on, if the data for <see cref="Slice"/> is not available.</summary>
    /// <exception cref="JsonException">The value is not valid JSON.</exception>
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
            throw new JsonException("A value is not UTF-8", exception);
        }
#endif
    }

    /// <summary>Reads to the end of the data.</summary>
    /// <exception cref="JsonException">The rest is invalid, or another value follows.</exception>
    public static void RequireEnd(this ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private static bool TryEnter(this ref Utf8JsonReader reader, JsonTokenType start)
    {
        if (reader.TokenType == start) return true;
        if (reader.TokenType != JsonTokenType.None) reader.Skip();
        return false;
    }

    private static int? ToInt32(ReadOnlySpan<byte> text)
    {
        text = text.Trim((byte)' ');
        if (Utf8Parser.TryParse(text, out int number, out int length) && length == text.Length) return number;
        bool isWhole = Utf8Parser.TryParse(text, out double real, out length) && length == text.Length
            && real is >= int.MinValue and <= int.MaxValue && double.IsInteger(real);
        return isWhole ? (int)real : null;
    }
}
