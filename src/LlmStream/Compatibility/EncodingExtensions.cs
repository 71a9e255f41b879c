using System.Buffers;
using System.Text;

namespace LlmStream.Compatibility;

/// <summary>The members of encodings that .NET Standard 2.0 lacks: those for spans.</summary>
internal static unsafe class EncodingExtensions
{
    extension(Encoding encoding)
    {
        public string GetString(ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty) return "";
            fixed (byte* start = bytes) return encoding.GetString(start, bytes.Length);
        }

        public int GetByteCount(ReadOnlySpan<char> text)
        {
            if (text.IsEmpty) return 0;
            fixed (char* start = text) return encoding.GetByteCount(start, text.Length);
        }

        public int GetBytes(ReadOnlySpan<char> text, Span<byte> bytes)
        {
            if (text.IsEmpty) return 0;
            fixed (char* from = text)
            fixed (byte* to = NotEmpty(bytes)) return encoding.GetBytes(from, text.Length, to, bytes.Length);
        }

        public int GetCharCount(ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty) return 0;
            fixed (byte* start = bytes) return encoding.GetCharCount(start, bytes.Length);
        }

        public int GetChars(ReadOnlySpan<byte> bytes, Span<char> text)
        {
            if (bytes.IsEmpty) return 0;
            fixed (byte* from = bytes)
            fixed (char* to = NotEmpty(text)) return encoding.GetChars(from, bytes.Length, to, text.Length);
        }

        /// <summary>Of <c>System.Buffers.EncodingExtensions</c>.</summary>
        public long GetBytes(ReadOnlySpan<char> text, IBufferWriter<byte> writer)
        {
            int count = encoding.GetByteCount(text);
            encoding.GetBytes(text, writer.GetSpan(count));
            writer.Advance(count);
            return count;
        }
    }

    extension(Decoder decoder)
    {
        public int GetCharCount(ReadOnlySpan<byte> bytes, bool flush)
        {
            fixed (byte* start = NotEmpty(bytes)) return decoder.GetCharCount(start, bytes.Length, flush);
        }

        public int GetChars(ReadOnlySpan<byte> bytes, Span<char> text, bool flush)
        {
            fixed (byte* from = NotEmpty(bytes))
            fixed (char* to = NotEmpty(text)) return decoder.GetChars(from, bytes.Length, to, text.Length, flush);
        }
    }

    // The address of an empty span is null, which the methods for pointers refuse.
    private static ReadOnlySpan<T> NotEmpty<T>(ReadOnlySpan<T> span) => span.IsEmpty ? new T[1] : span;

    private static Span<T> NotEmpty<T>(Span<T> span) => span.IsEmpty ? new T[1] : span;
}
