using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

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
}
