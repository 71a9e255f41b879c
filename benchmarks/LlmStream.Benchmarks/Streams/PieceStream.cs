namespace LlmStream.Benchmarks.Streams;

/// <summary>A stream that always has bytes, and gives out at most so many a read, as a socket does. It costs a copy and nothing else.</summary>
internal sealed class PieceStream(IEnumerable<ReadOnlyMemory<byte>> segments, int readSize) : Stream
{
    public const int SocketReadSize = 16 * 1024;

    private readonly IEnumerator<ReadOnlyMemory<byte>> _segments = segments.GetEnumerator();
    private ReadOnlyMemory<byte> _segment;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted = Math.Min(buffer.Length, readSize);
        int count = 0;
        while (count < wanted)
        {
            if (_segment.IsEmpty)
            {
                if (!_segments.MoveNext()) break;
                _segment = _segments.Current;
                continue;
            }

            int part = Math.Min(wanted - count, _segment.Length);
            _segment.Span[..part].CopyTo(buffer[count..]);
            _segment = _segment[part..];
            count += part;
        }

        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _segments.Dispose();
        base.Dispose(disposing);
    }
}
