using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Testing.Dialects;

internal enum FrameKind
{
    /// <summary>An event, <c>[DONE]</c> included.</summary>
    Event,

    /// <summary>Bytes that no reader takes for an event: a comment, a byte order mark.</summary>
    Comment,
}

/// <summary>Bytes of a body that belong together, and where in them the JSON stands.</summary>
internal readonly record struct Frame(FrameKind Kind, byte[] Bytes, int JsonStart, int JsonLength)
{
    /// <summary>The number of the event in the body as it would be without faults, or -1 for what is not counted.</summary>
    public int Index { get; init; } = -1;

    public static Frame Comment(string text) => new(FrameKind.Comment, Encoding.UTF8.GetBytes(text), 0, 0);

    public static Frame Text(string text) => new(FrameKind.Event, Encoding.UTF8.GetBytes(text), 0, 0);

    /// <summary>An event of a head (<c>data: </c>), a JSON object and a tail (an empty line).</summary>
    public static Frame Json(string head, Action<Utf8JsonWriter> write, string tail = "\n\n")
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        int start = (int)Encoding.UTF8.GetBytes(head, buffer);
        int end = start + JsonText.Write(buffer, write);
        Encoding.UTF8.GetBytes(tail, buffer);
        return new Frame(FrameKind.Event, buffer.WrittenSpan.ToArray(), start, end - start);
    }
}
