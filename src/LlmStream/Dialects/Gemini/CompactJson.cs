using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// JSON without white space and without escapes that are not required. Google indents its arrays, and escapes <c>&lt;</c> and
/// similar characters.
/// </summary>
internal static class CompactJson
{
    private static readonly SearchValues<char> MustBeEscaped = SearchValues.Create(
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    /// <summary>Writes the value that the reader is on. The reader ends on its last token.</summary>
    public static void Write(ref Utf8JsonReader reader, ArrayBufferWriter<byte> text)
    {
        int depth = reader.CurrentDepth;
        bool needsComma = false;
        do
        {
            bool isEnd = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
            if (needsComma && !isEnd) text.Write(","u8);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    WriteString(ref reader, text);
                    text.Write(":"u8);
                    break;
                case JsonTokenType.String:
                    WriteString(ref reader, text);
                    break;
                default:
                    text.Write(reader.ValueSpan); // punctuation, numbers, literals
                    break;
            }

            needsComma = reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.PropertyName);
            if (reader.CurrentDepth == depth && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        }
        while (reader.Read());
    }

    private static void WriteString(ref Utf8JsonReader reader, ArrayBufferWriter<byte> text)
    {
        text.Write("\""u8);
        if (reader.ValueIsEscaped) WriteEscaped(JsonText.DecodeWhole(reader.ValueSpan, escaped: true), text);
        else text.Write(reader.ValueSpan);
        text.Write("\""u8);
    }

    private static void WriteEscaped(ReadOnlySpan<char> rest, ArrayBufferWriter<byte> text)
    {
        while (true)
        {
            int at = rest.IndexOfAny(MustBeEscaped);
            Encoding.UTF8.GetBytes(at < 0 ? rest : rest[..at], text);
            if (at < 0) return;
            switch (rest[at])
            {
                case '"': text.Write("\\\""u8); break;
                case '\\': text.Write("\\\\"u8); break;
                case '\n': text.Write("\\n"u8); break;
                case '\r': text.Write("\\r"u8); break;
                case '\t': text.Write("\\t"u8); break;
                case '\b': text.Write("\\b"u8); break;
                case '\f': text.Write("\\f"u8); break;
                default: Encoding.ASCII.GetBytes($"\\u{(int)rest[at]:x4}", text); break;
            }

            rest = rest[(at + 1)..];
        }
    }
}
