using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.IO.Pipelines;
using System.Net.ServerSentEvents;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Readers;

/// <summary>The lower bound: it finds the events and ignores their data.</summary>
/// <remarks>
/// Lines of JSON and binary messages are found with a <see cref="PipeReader"/>. The checksums of messages are part of their framing, and
/// are verified.
/// </remarks>
internal sealed class FramingReader : Reader
{
    private const int ChecksumLength = 4;

    public override string Name => "framing";

    public override bool CanRead(SampleStream stream) => true;

    protected override async Task ReadAsync(SampleStream stream, Stream body, ReadTotals totals)
    {
        if (stream.Dialect == "ollama")
        {
            await ReadFramesAsync(body, totals, TryReadLine);
            return;
        }

        if (stream.Dialect == "bedrock")
        {
            await ReadFramesAsync(body, totals, TryReadMessage);
            return;
        }

        await foreach (SseItem<int> item in SseParser.Create(body, static (_, data) => data.Length).EnumerateAsync())
            totals.AddPayload(item.Data);
    }

    protected override bool IsCorrect<T>(SampleStream stream, ReadTotals totals, Func<TextHash, T> select) =>
        totals.Payload == stream.Payload;

    private delegate bool TryReadFrame(ref ReadOnlySequence<byte> buffer, out int payload);

    private static async Task ReadFramesAsync(Stream body, ReadTotals totals, TryReadFrame tryRead)
    {
        PipeReader reader = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: LimitedReadStream.DefaultReadSize));
        while (true)
        {
            ReadResult result = await reader.ReadAsync();
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (tryRead(ref buffer, out int payload)) totals.AddPayload(payload);
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) break;
        }

        await reader.CompleteAsync();
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, out int payload)
    {
        var reader = new SequenceReader<byte>(buffer);
        payload = 0;
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n')) return false;
        payload = (int)line.Length;
        buffer = buffer.Slice(reader.Position);
        return true;
    }

    /// <summary>Reads a message: the lengths of all and of the headers, their checksum, headers, payload, checksum.</summary>
    private static bool TryReadMessage(ref ReadOnlySequence<byte> buffer, out int payload)
    {
        const int LengthsLength = 8, PreludeLength = 12;
        payload = 0;
        if (buffer.Length < PreludeLength) return false;
        Span<byte> lengths = stackalloc byte[LengthsLength];
        buffer.Slice(0, LengthsLength).CopyTo(lengths);
        int length = BinaryPrimitives.ReadInt32BigEndian(lengths);
        if (buffer.Length < length) return false;
        VerifyChecksum(buffer.Slice(0, PreludeLength));
        VerifyChecksum(buffer.Slice(0, length));
        payload = length - BinaryPrimitives.ReadInt32BigEndian(lengths[4..]) - PreludeLength - ChecksumLength;
        buffer = buffer.Slice(length);
        return true;
    }

    /// <summary>Verifies the last bytes, which are the checksum of those before them.</summary>
    private static void VerifyChecksum(in ReadOnlySequence<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        if (Crc32.HashToUInt32(span[..^ChecksumLength]) != BinaryPrimitives.ReadUInt32BigEndian(span[^ChecksumLength..]))
            throw new InvalidDataException("A message does not match its checksum.");
    }
}
