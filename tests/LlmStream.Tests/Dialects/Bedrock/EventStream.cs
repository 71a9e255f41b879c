using System.Buffers.Binary;
using System.Text;

namespace LlmStream.Tests.Dialects.Bedrock;

/// <summary>Writes messages of an Amazon event stream, with a checksum that is computed bit by bit.</summary>
internal static class EventStream
{
    /// <summary>A message with an event.</summary>
    public static byte[] Event(string type, string payload) =>
        Message([.. Header(":event-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", "event")], Encoding.UTF8.GetBytes(payload));

    /// <summary>Messages with events, given as <c>type payload</c>.</summary>
    public static byte[] Events(params string[] events) => [.. events.SelectMany(e => Event(e[..e.IndexOf(' ', StringComparison.Ordinal)], e[(e.IndexOf(' ', StringComparison.Ordinal) + 1)..]))];

    public static byte[] Message(byte[] headers, byte[] payload)
    {
        byte[] message = new byte[12 + headers.Length + payload.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc(message.AsSpan(0, 8)));
        headers.CopyTo(message, 12);
        payload.CopyTo(message, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    /// <summary>A header with a string.</summary>
    public static byte[] Header(string name, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Header(name, 7, [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
    }

    public static byte[] Header(string name, byte type, byte[] value) => [(byte)name.Length, .. Encoding.UTF8.GetBytes(name), type, .. value];

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        }

        return ~crc;
    }
}
