using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace LlmStream.Benchmarks.Streams;

/// <summary>Encodes messages of <c>application/vnd.amazon.eventstream</c>.</summary>
internal static class EventStreamMessage
{
    private const int PreludeLength = 12;
    private const int ChecksumLength = 4;

    public static byte[] Create(string type, byte[] payload)
    {
        byte[] headers =
            [.. Header(":event-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", "event")];
        byte[] message = new byte[PreludeLength + headers.Length + payload.Length + ChecksumLength];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.HashToUInt32(message.AsSpan(0, 8)));
        headers.CopyTo(message, PreludeLength);
        payload.CopyTo(message, PreludeLength + headers.Length);
        int end = message.Length - ChecksumLength;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(end), Crc32.HashToUInt32(message.AsSpan(0, end)));
        return message;
    }

    /// <summary>A header whose value is a string: the lengths of name and value in one byte and two bytes.</summary>
    private static byte[] Header(string name, string value)
    {
        const byte StringType = 7;
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        return [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), StringType, .. length, .. Encoding.ASCII.GetBytes(value)];
    }
}
