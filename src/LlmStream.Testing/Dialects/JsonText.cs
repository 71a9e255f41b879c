using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// JSON as the providers write it: everything that needs no escape stands as UTF-8, emoji included, which
/// <see cref="Utf8JsonWriter"/> always escapes. Only so can a cut fall into the middle of a character.
/// </summary>
internal static class JsonText
{
    public static int Write(ArrayBufferWriter<byte> buffer, Action<Utf8JsonWriter> write)
    {
        int before = buffer.WrittenCount;
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenCount - before;
    }

    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(buffer, write);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Text(this Utf8JsonWriter writer, string name, string? value)
    {
        writer.WritePropertyName(name);
        if (value is null) writer.WriteNullValue();
        else writer.WriteRawValue(Quote(value), skipInputValidation: true);
    }

    public static void Object(this Utf8JsonWriter writer, string name, Action<Utf8JsonWriter> write)
    {
        writer.WriteStartObject(name);
        write(writer);
        writer.WriteEndObject();
    }

    /// <summary>An array of one object, the shape of every <c>choices</c>.</summary>
    public static void ArrayOfOne(this Utf8JsonWriter writer, string name, Action<Utf8JsonWriter> write)
    {
        writer.WriteStartArray(name);
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static string Quote(string value)
    {
        var quoted = new StringBuilder(value.Length + 8).Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
