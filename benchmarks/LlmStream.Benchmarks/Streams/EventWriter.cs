using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Benchmarks.Streams;

/// <summary>Writes events, and records their content.</summary>
internal sealed class EventWriter
{
    private readonly MemoryStream _bytes = new();
    private TextHash _text = TextHash.Empty;
    private TextHash _reasoning = TextHash.Empty;
    private long _payload;
    private int _chunks;

    /// <summary>Escapes a text as providers do: characters outside ASCII stay as they are.</summary>
    public static string Escape(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    /// <summary>Writes an event without text.</summary>
    /// <param name="data">The data of the event.</param>
    /// <param name="before">The lines before the data.</param>
    /// <param name="field">The name of the field, with its colon.</param>
    public EventWriter Event(string data, string before = "", string field = "data: ")
    {
        byte[] payload = Encoding.UTF8.GetBytes(data);
        _payload += payload.Length;
        _bytes.Write(Encoding.UTF8.GetBytes(before + field));
        _bytes.Write(payload);
        _bytes.Write("\n\n"u8);
        return this;
    }

    /// <summary>Writes an event whose data contains the text.</summary>
    public EventWriter Text(string text, string data, string before = "", string field = "data: ")
    {
        _text = _text.Append(text);
        _chunks++;
        return Event(data, before, field);
    }

    /// <summary>Writes an event whose data contains the reasoning.</summary>
    public EventWriter Reasoning(string reasoning, string data)
    {
        _reasoning = _reasoning.Append(reasoning);
        _chunks++;
        return Event(data);
    }

    /// <summary>Writes lines that are not an event.</summary>
    public EventWriter Raw(string lines)
    {
        _bytes.Write(Encoding.UTF8.GetBytes(lines));
        return this;
    }

    public SampleStream ToStream(string name, string dialect, bool isReadByOpenAIPackage) => new()
    {
        Name = name,
        Dialect = dialect,
        Segments = [_bytes.ToArray()],
        Length = _bytes.Length,
        Chunks = _chunks,
        Text = _text,
        Reasoning = _reasoning,
        Payload = _payload,
        IsReadByOpenAIPackage = isReadByOpenAIPackage,
    };
}
