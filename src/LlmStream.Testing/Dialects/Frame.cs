using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace LlmStream.Testing.Dialects;

internal enum FrameKind
{
    /// <summary>An event, <c>[DONE]</c> included.</summary>
    Event,

    /// <summary>Bytes that are not part of an event: a comment or a byte order mark.</summary>
    Comment,
}

/// <summary>An event or a comment of a body.</summary>
internal readonly record struct Frame
{
    /// <param name="kind">The kind of frame.</param>
    /// <param name="bytes">The bytes, including the line endings that end it.</param>
    /// <param name="jsonStart">The offset of its JSON.</param>
    /// <param name="jsonLength">The length of its JSON; 0 if there is none.</param>
    public Frame(FrameKind kind, byte[] bytes, int jsonStart, int jsonLength)
    {
        Debug.Assert(jsonStart >= 0 && jsonLength >= 0 && jsonStart + jsonLength <= bytes.Length, "The JSON lies within the bytes.");
        (Kind, Bytes, JsonStart, JsonLength) = (kind, bytes, jsonStart, jsonLength);
    }

    public FrameKind Kind { get; }

    public byte[] Bytes { get; init; }

    public int JsonStart { get; }

    public int JsonLength { get; init; }

    /// <summary>
    /// Creates the bytes of the event around its JSON, if they depend on it, as lengths and checksums do; null if the bytes before and
    /// after the JSON stay as they are.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, byte[]>? Wrap { get; init; }

    /// <summary>The index of the event in the body as it would be without faults, or -1 if it is not counted.</summary>
    public int Index { get; init; } = -1;

    /// <summary>The same event with other JSON.</summary>
    public Frame WithJson(ReadOnlyMemory<byte> json) => this with
    {
        Bytes = Wrap is not null ? Wrap(json) : [.. Bytes[..JsonStart], .. json.Span, .. Bytes[(JsonStart + JsonLength)..]],
        JsonLength = json.Length,
    };

    public static Frame CreateComment(string text) => new(FrameKind.Comment, Encoding.UTF8.GetBytes(text), 0, 0);

    public static Frame CreateEvent(string text) => new(FrameKind.Event, Encoding.UTF8.GetBytes(text), 0, 0);

    /// <summary>Creates an event that is a JSON object between a prefix, such as <c>data: </c>, and a suffix.</summary>
    public static Frame CreateEvent(string prefix, Action<Utf8JsonWriter> write, string suffix = "\n\n")
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        int start = (int)Encoding.UTF8.GetBytes(prefix, buffer);
        ProviderJson.Write(buffer, write);
        int end = buffer.WrittenCount;
        Encoding.UTF8.GetBytes(suffix, buffer);
        return new Frame(FrameKind.Event, buffer.WrittenSpan.ToArray(), start, end - start);
    }

    /// <summary>Creates a named server-sent event whose JSON repeats its name as <c>type</c>.</summary>
    public static Frame CreateTypedEvent(string type, Action<Utf8JsonWriter> write) => CreateEvent($"event: {type}\ndata: ", json =>
    {
        json.WriteString("type", type);
        write(json);
    });
}
