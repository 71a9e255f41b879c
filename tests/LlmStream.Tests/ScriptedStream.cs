namespace LlmStream.Tests;

/// <summary>A stream that returns its bytes in pieces of given sizes, then ends or fails.</summary>
internal sealed class ScriptedStream(byte[] bytes, IEnumerable<int>? pieces = null, Func<Exception>? failure = null) : Stream
{
    private readonly IEnumerator<int>? _pieces = pieces?.GetEnumerator();
    private int _position;
    private int _left;

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Returns one byte per read.</summary>
    public static ScriptedStream ByteByByte(byte[] bytes, Func<Exception>? failure = null) => new(bytes, Enumerable.Repeat(1, bytes.Length), failure);

    /// <summary>The same stream, from its beginning.</summary>
    public ScriptedStream Again() => new(bytes, pieces, failure);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_left == 0) _left = _pieces?.MoveNext() == true ? _pieces.Current : bytes.Length - _position;
        int count = Math.Min(Math.Min(buffer.Length, _left), bytes.Length - _position);
        if (count == 0 && buffer.Length > 0 && failure is not null) throw failure();
        bytes.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        _left -= count;
        return new(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The library reads synchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
