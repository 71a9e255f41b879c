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
    private TextHash _arguments = TextHash.Empty;
    private TextHash _argumentText = TextHash.Empty;
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

    /// <summary>Writes a line of JSON; with text, if it contains some.</summary>
    public EventWriter Line(string json, string? text = null)
    {
        byte[] payload = Encoding.UTF8.GetBytes(json);
        return Frame([.. payload, (byte)'\n'], payload.Length, text);
    }

    /// <summary>Writes a frame that is not a server-sent event; with text, if it contains some.</summary>
    public EventWriter Frame(byte[] frame, int payload, string? text = null)
    {
        if (text is not null)
        {
            _text = _text.Append(text);
            _chunks++;
        }

        _payload += payload;
        _bytes.Write(frame);
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

    /// <summary>Writes an event whose data contains a fragment of the arguments of a tool call.</summary>
    /// <param name="fragment">The fragment.</param>
    /// <param name="text">What it adds to the text that is the value of the only argument.</param>
    /// <param name="data">The data of the event.</param>
    /// <param name="before">The lines before the data.</param>
    public EventWriter Arguments(string fragment, string text, string data, string before = "")
    {
        _arguments = _arguments.Append(fragment);
        _argumentText = _argumentText.Append(text);
        _chunks++;
        return Event(data, before);
    }

    /// <summary>Writes lines that are not an event.</summary>
    public EventWriter Raw(string lines)
    {
        _bytes.Write(Encoding.UTF8.GetBytes(lines));
        return this;
    }

    public SampleStream ToStream(string name, string dialect, bool isReadByOpenAIPackage = false) => new()
    {
        Name = name,
        Dialect = dialect,
        Segments = [_bytes.ToArray()],
        Length = _bytes.Length,
        Chunks = _chunks,
        Text = _text,
        Reasoning = _reasoning,
        Arguments = _arguments,
        ArgumentText = _argumentText,
        Payload = _payload,
        IsReadByOpenAIPackage = isReadByOpenAIPackage,
    };
}
