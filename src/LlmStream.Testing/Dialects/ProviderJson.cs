using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmStream.Testing.Dialects;

/// <summary>
/// Writes JSON as providers do. <see cref="Utf8JsonWriter"/> escapes all characters outside the BMP; providers send them as UTF-8, so
/// that a stream can be cut within a character.
/// </summary>
internal static class ProviderJson
{
    /// <summary>Writes an object to a buffer.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
        writer.Flush();
    }

    /// <summary>Returns the bytes of an object.</summary>
    public static byte[] ToBytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(buffer, write);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a string member without unnecessary escapes.</summary>
    public static void WriteText(this Utf8JsonWriter writer, string name, string? value)
    {
        writer.WritePropertyName(name);
        if (value is null) writer.WriteNullValue();
        else writer.WriteRawValue(Quote(value), skipInputValidation: true);
    }

    public static void WriteObject(this Utf8JsonWriter writer, string name, Action<Utf8JsonWriter> write)
    {
        writer.WriteStartObject(name);
        write(writer);
        writer.WriteEndObject();
    }

    /// <summary>Writes an object as an element of an array.</summary>
    public static void WriteObject(this Utf8JsonWriter writer, Action<Utf8JsonWriter> write)
    {
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    }

    /// <summary>Writes an array with an object for each item.</summary>
    public static void WriteArray<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> writeItem)
    {
        writer.WriteStartArray(name);
        foreach (T item in items) writer.WriteObject(json => writeItem(json, item));
        writer.WriteEndArray();
    }

    public static void WriteEmptyArray(this Utf8JsonWriter writer, string name)
    {
        writer.WriteStartArray(name);
        writer.WriteEndArray();
    }

    /// <summary>Writes an array with one object, such as <c>choices</c>.</summary>
    public static void WriteArrayOfOne(this Utf8JsonWriter writer, string name, Action<Utf8JsonWriter> write)
    {
        writer.WriteStartArray(name);
        writer.WriteObject(write);
        writer.WriteEndArray();
    }

    /// <summary>A JSON string in which only what has to be escaped is.</summary>
    public static string Quote(string value)
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
