using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Benchmarks.Streams;

/// <summary>Writes events, and keeps account of what they say.</summary>
internal sealed class EventWriter
{
    private readonly MemoryStream _bytes = new();
    private Fingerprint _text = Fingerprint.Empty;
    private Fingerprint _reasoning = Fingerprint.Empty;
    private long _payload;
    private int _chunks;

    public int Chunks => _chunks;

    public long Length => _bytes.Length;

    /// <summary>A text as services write it into JSON: what is not ASCII stays as it is.</summary>
    public static string Json(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    /// <summary>An event without text.</summary>
    public EventWriter Event(string data, string before = "", string field = "data: ")
    {
        byte[] payload = Encoding.UTF8.GetBytes(data);
        _payload += payload.Length;
        _bytes.Write(Encoding.UTF8.GetBytes(before + field));
        _bytes.Write(payload);
        _bytes.Write("\n\n"u8);
        return this;
    }

    public EventWriter Text(string text, string data, string before = "", string field = "data: ")
    {
        _text = _text.With(text);
        _chunks++;
        return Event(data, before, field);
    }

    public EventWriter Reasoning(string text, string data)
    {
        _reasoning = _reasoning.With(text);
        _chunks++;
        return Event(data);
    }

    /// <summary>Lines that are no event.</summary>
    public EventWriter Raw(string lines)
    {
        _bytes.Write(Encoding.UTF8.GetBytes(lines));
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();

    public KnownStream ToStream(string name, string dialect, bool openAIPackageReads) => new()
    {
        Name = name,
        Dialect = dialect,
        Segments = [ToArray()],
        Length = Length,
        Chunks = _chunks,
        Text = _text,
        Reasoning = _reasoning,
        Payload = _payload,
        OpenAIPackageReads = openAIPackageReads,
    };
}
