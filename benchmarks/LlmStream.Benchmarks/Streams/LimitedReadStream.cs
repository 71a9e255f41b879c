namespace LlmStream.Benchmarks.Streams;

/// <summary>A stream in memory that returns a limited number of bytes per read, as a socket does. A read costs only a copy.</summary>
internal sealed class LimitedReadStream(IEnumerable<ReadOnlyMemory<byte>> segments, int readSize) : Stream
{
    /// <summary>About what a socket returns under load.</summary>
    public const int DefaultReadSize = 16 * 1024;

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
        int limit = Math.Min(buffer.Length, readSize);
        int count = 0;
        while (count < limit)
        {
            if (_segment.IsEmpty)
            {
                if (!_segments.MoveNext()) break;
                _segment = _segments.Current;
                continue;
            }

            int length = Math.Min(limit - count, _segment.Length);
            _segment.Span[..length].CopyTo(buffer[count..]);
            _segment = _segment[length..];
            count += length;
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
