using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using LlmStream.Framing;

namespace LlmStream.Dialects.Bedrock;

/// <summary>
/// Reads the messages of an Amazon event stream (smithy.io/2.0/aws/amazon-eventstream.html): a prelude, headers, a payload, and a CRC
/// of all of it. Each message is a frame, whose type is that of the event (<see cref="EventStreamHeaders.FrameType"/>).
/// </summary>
/// <remarks>
/// Invariant: between two calls <see cref="FrameReader.Received"/> begins with the current message, and <c>_length</c> is its length if
/// its prelude has been checked, else 0. So each prelude and each message is checked once, whatever the size of the reads.
/// </remarks>
internal sealed class EventStreamFrameReader(GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer)
    : FrameReader(stream, maxFrameBytes, handler, observer)
{
    private int _length;

    // The last headers. Those of most messages are equal.
    private byte[] _headerBytes = [];
    private EventStreamHeaders _headers;

    public override bool TryRead()
    {
        ReadOnlySpan<byte> bytes = Received.Unread;
        Debug.Assert(_length == 0 || bytes.Length < _length || _length >= MinLength, "A length has been checked.");
        if (_length == 0 && bytes.Length >= EventStreamFraming.PreludeLength) _length = ReadLength(bytes);
        if (_length > 0 && bytes.Length >= _length)
        {
            EmitMessage(bytes, _length);
            return true;
        }

        if (!HasEnded || bytes.IsEmpty) return false;

        // The stream ended in this message. Without its CRC nothing of it can be trusted.
        Received.Consume(bytes.Length);
        Emit(FrameKind.Event, Frame.DefaultEventType, bytes, isUnterminated: true);
        return true;
    }

    private const int MinLength = EventStreamFraming.PreludeLength + EventStreamFraming.CrcLength;

    /// <summary>The length of the message whose prelude these bytes begin with.</summary>
    private int ReadLength(ReadOnlySpan<byte> prelude)
    {
        if (!EventStreamFraming.HasValidCrc(prelude)) throw Malformed("The prelude of an event stream message does not match its checksum");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(prelude), headers = HeadersLength(prelude);
        if (length < MinLength || headers > length - MinLength)
            throw Malformed("The lengths in the prelude of an event stream message are invalid");
        if (length > (uint)MaxFrameBytes)
            throw new FramingException(FramingError.TooLarge, $"An event stream message is larger than {MaxFrameBytes} bytes");
        return (int)length;
    }

    /// <param name="bytes">Bytes that begin with the message.</param>
    /// <param name="length">The length of the message.</param>
    private void EmitMessage(ReadOnlySpan<byte> bytes, int length)
    {
        ReadOnlySpan<byte> content = bytes[..(length - EventStreamFraming.CrcLength)];
        if (Crc32.HashToUInt32(content) != BinaryPrimitives.ReadUInt32BigEndian(bytes[content.Length..]))
            throw Malformed("An event stream message does not match its checksum");
        int payloadStart = EventStreamFraming.PreludeLength + (int)HeadersLength(bytes);
        EventStreamHeaders headers = ReadHeaders(content[EventStreamFraming.PreludeLength..payloadStart]);
        ReadOnlySpan<byte> payload = content[payloadStart..];
        Received.Consume(length);
        _length = 0;
        // An error has no payload: its message is in a header.
        if (headers.ErrorMessage is { } error) payload = Encoding.UTF8.GetBytes($"{{\"message\":\"{JsonEncodedText.Encode(error)}\"}}");
        // An observer is told of every frame. What follows the message is passed too, because the ends of values are found faster in a
        // longer span.
        else if (Observer is null && Handler.TryHandleValueAhead(headers.FrameType, bytes[payloadStart..], payload.Length) > 0) return;
        Emit(FrameKind.Event, headers.FrameType, payload, isUnterminated: false);
    }

    private EventStreamHeaders ReadHeaders(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty && bytes.SequenceEqual(_headerBytes)) return _headers;
        _headers = EventStreamHeaders.Read(bytes);
        _headerBytes = bytes.ToArray();
        return _headers;
    }

    private static uint HeadersLength(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32BigEndian(message[4..]);

    private static FramingException Malformed(string message) => new(FramingError.Malformed, message);
}
