using System.Buffers;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace LlmStream.AspNetCore.Wires;

/// <summary>
/// Writes server-sent events whose data is JSON, straight into the output: one <c>data:</c> line for each event, LF as line end, so that
/// readers that split only at LF can read it.
/// </summary>
/// <remarks>
/// JSON text contains no line ends: the writer escapes control characters. Other characters, such as Chinese, are not escaped: the data
/// is not embedded in HTML.
/// </remarks>
internal sealed class EventWriter(IBufferWriter<byte> output) : IDisposable
{
    // Longer pieces are rare, and the buffer for their escaped form would be large.
    private const int MaxPieceLength = 256;
    private const int MaxUtf8BytesPerChar = 3;
    private const int MaxEscapedBytesPerChar = 6; // \uXXXX; a surrogate pair becomes two of these

    private readonly Utf8JsonWriter _json = new(output, JsonOptions);

    /// <summary>The options of all JSON that is sent.</summary>
    public static JsonWriterOptions JsonOptions { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Begins an event whose data is one JSON object.</summary>
    /// <returns>The writer, after the object's start.</returns>
    public Utf8JsonWriter BeginObject()
    {
        output.Write("data: "u8);
        _json.Reset();
        _json.WriteStartObject();
        return _json;
    }

    /// <summary>Ends the object, and the event.</summary>
    public void EndObject()
    {
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n\n"u8);
    }

    /// <summary>Begins an event with bytes that were prepared for many events.</summary>
    /// <param name="prefix"><c>data: </c> and the JSON up to the start of an object.</param>
    /// <returns>The writer, after the object's start.</returns>
    public Utf8JsonWriter Begin(ReadOnlySpan<byte> prefix)
    {
        output.Write(prefix);
        _json.Reset();
        return _json;
    }

    /// <summary>Ends an event with the rest of its JSON, and the blank line.</summary>
    public void End(ReadOnlySpan<byte> suffix)
    {
        _json.Flush();
        output.Write(suffix);
    }

    /// <summary>Prepares the beginning of events that differ only in the text of their last property (<see cref="WriteDelta"/>).</summary>
    /// <param name="write">Writes the properties of the object; the last of them an empty string.</param>
    /// <returns><c>data: </c> and the JSON up to the opening quotation mark of the text.</returns>
    public static byte[] Prepare(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("data: "u8);
        using (var json = new Utf8JsonWriter(buffer, JsonOptions))
        {
            json.WriteStartObject();
            write(json);
        }

        Debug.Assert(buffer.WrittenSpan.EndsWith("\"\""u8), "The last property is an empty string.");
        return buffer.WrittenSpan[..^1].ToArray();
    }

    /// <summary>Writes an event of which only one text differs from those before it. Allocates nothing.</summary>
    /// <param name="before">What comes before the text, with the opening quotation mark.</param>
    /// <param name="piece">The text.</param>
    /// <param name="after">What comes after the text, with the closing quotation mark.</param>
    /// <remarks>
    /// Invariant: the bytes are those that <see cref="Utf8JsonWriter"/> writes with <see cref="JsonOptions"/>. The same encoder decides
    /// what is escaped; text that is not valid UTF-16, and long text, is left to the writer.
    /// </remarks>
    public void WriteDelta(ReadOnlySpan<byte> before, string piece, ReadOnlySpan<byte> after)
    {
        Debug.Assert(before[^1] == '"' && after[0] == '"', "The quotation marks belong to what was prepared.");
        if (piece.Length <= MaxPieceLength && TryWriteDelta(before, piece, after)) return;
        output.Write(before[..^1]);
        _json.Reset();
        _json.WriteStringValue(piece);
        _json.Flush();
        output.Write(after[1..]);
    }

    /// <summary>Writes an event whose data is not JSON.</summary>
    public void WriteData(ReadOnlySpan<byte> data)
    {
        output.Write("data: "u8);
        output.Write(data);
        output.Write("\n\n"u8);
    }

    /// <summary>Writes a comment, which readers ignore.</summary>
    public void WriteComment(ReadOnlySpan<byte> text)
    {
        output.Write(": "u8);
        output.Write(text);
        output.Write("\n\n"u8);
    }

    public void Dispose() => _json.Dispose();

    private bool TryWriteDelta(ReadOnlySpan<byte> before, string piece, ReadOnlySpan<byte> after)
    {
        // One request for memory and one advance for the whole event: in Kestrel each takes a lock.
        Span<byte> span = output.GetSpan(before.Length + (piece.Length * MaxEscapedBytesPerChar) + after.Length);
        Span<byte> text = span[before.Length..];
        if (Utf8.FromUtf16(piece, text, out _, out int length, replaceInvalidSequences: false) != OperationStatus.Done) return false;
        int escape = JsonOptions.Encoder!.FindFirstCharacterToEncodeUtf8(text[..length]);
        if (escape >= 0)
        {
            if (!TryEscape(text[escape..], length - escape, out int escapedLength)) return false;
            length = escape + escapedLength;
        }

        before.CopyTo(span);
        after.CopyTo(text[length..]);
        output.Advance(before.Length + length + after.Length);
        return true;
    }

    /// <summary>Replaces UTF-8 by its escaped form.</summary>
    private static bool TryEscape(Span<byte> text, int length, out int escapedLength)
    {
        Span<byte> copy = stackalloc byte[MaxPieceLength * MaxUtf8BytesPerChar];
        text[..length].CopyTo(copy);
        return JsonOptions.Encoder!.EncodeUtf8(copy[..length], text, out _, out escapedLength) == OperationStatus.Done;
    }
}
