using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Transport;

/// <summary>Writes the bodies of requests.</summary>
internal static class RequestBody
{
    // Non-ASCII characters are written as they are, because escapes take up to three times as many bytes.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Writer? s_writer; // that no request uses, or null

    /// <summary>Writes a body.</summary>
    public static byte[] Write(JsonObject body)
    {
        Writer writer = Interlocked.Exchange(ref s_writer, null) ?? new Writer();
        byte[] bytes = writer.Write(body);
        if (writer.IsSmall) Volatile.Write(ref s_writer, writer);
        return bytes;
    }

    /// <summary>Writes a JSON string between the bytes before and after it.</summary>
    public static byte[] Write(ReadOnlySpan<byte> before, string text, ReadOnlySpan<byte> after)
    {
        Writer writer = Interlocked.Exchange(ref s_writer, null) ?? new Writer();
        byte[] bytes = writer.Write(before, text, after);
        if (writer.IsSmall) Volatile.Write(ref s_writer, writer);
        return bytes;
    }

    /// <summary>A writer with its buffer, to be used for one body after the other.</summary>
    /// <remarks>If one of its methods throws, it must not be used again.</remarks>
    private sealed class Writer
    {
        private const int MaxKeptBytes = 16 * 1024;

        private readonly ArrayBufferWriter<byte> _buffer = new(1024);
        private readonly Utf8JsonWriter _writer;

        public Writer() => _writer = new Utf8JsonWriter(_buffer, WriterOptions);

        public bool IsSmall => _buffer.Capacity <= MaxKeptBytes;

        public byte[] Write(JsonObject body)
        {
            _writer.Reset();
            body.WriteTo(_writer);
            _writer.Flush();
            return Take();
        }

        public byte[] Write(ReadOnlySpan<byte> before, string text, ReadOnlySpan<byte> after)
        {
            _writer.Reset();
            _buffer.Write(before);
            _writer.WriteStringValue(text);
            _writer.Flush();
            _buffer.Write(after);
            return Take();
        }

        private byte[] Take()
        {
            byte[] bytes = _buffer.WrittenSpan.ToArray();
            _buffer.Clear(); // overwrites what it holds
            return bytes;
        }
    }
}
