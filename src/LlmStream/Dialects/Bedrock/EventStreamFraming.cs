using System.Buffers.Binary;
using System.IO.Hashing;
using LlmStream.Framing;

namespace LlmStream.Dialects.Bedrock;

/// <summary>The framing <c>application/vnd.amazon.eventstream</c> (smithy.io/2.0/aws/amazon-eventstream.html).</summary>
internal sealed class EventStreamFraming : BinaryFraming
{
    /// <summary>The prelude: the length of the message, the length of its headers, and the CRC of both.</summary>
    public const int PreludeLength = 12;

    /// <summary>The CRC at the end of a message.</summary>
    public const int CrcLength = 4;

    public static EventStreamFraming Instance { get; } = new();

    public override int HeadLength => PreludeLength;

    /// <summary>The lengths in a prelude are so small that one of their bytes is 0, which text never contains.</summary>
    public override bool IsLikely(ReadOnlySpan<byte> head) => head[..Math.Min(8, head.Length)].Contains((byte)0);

    public override bool IsCertain(ReadOnlySpan<byte> head) => head.Length >= PreludeLength && HasValidCrc(head);

    public override FrameReader CreateReader(
        GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer) =>
        new EventStreamFrameReader(stream, maxFrameBytes, handler, observer);

    /// <summary>Whether the prelude with which these bytes begin matches its CRC.</summary>
    public static bool HasValidCrc(ReadOnlySpan<byte> prelude) =>
        Crc32.HashToUInt32(prelude[..8]) == BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]);
}
