namespace LlmStream.Tests;

/// <summary>
/// A very long stream, generated while it is read: an opening, then one block repeatedly, at most 64 KiB per read as from a socket.
/// Measures how much was read, and the peak of the memory in use.
/// </summary>
internal sealed class GeneratedStream(byte[] opening, byte[] block, long length, byte[]? closing = null) : Stream
{
    private const int ReadSize = 64 * 1024;
    private const long MeasureEvery = 4 * 1024 * 1024;

    private readonly long _memoryBefore = GC.GetTotalMemory(forceFullCollection: true);
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly long _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
    private readonly byte[] _blocks = Repeat(block);
    private long _measureAt = MeasureEvery;

    public long BytesRead { get; private set; }

    public long PeakMemory { get; private set; }

    /// <summary>
    /// The bytes allocated since the stream was created. Reads complete at once, so that one thread does everything; what other threads
    /// allocate meanwhile, such as that of the test runner, is not counted.
    /// </summary>
    public long Allocated => Environment.CurrentManagedThreadId == _thread
        ? GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore
        : throw new InvalidOperationException("The stream was read on several threads.");

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => BytesRead;
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (BytesRead >= _measureAt)
        {
            _measureAt += MeasureEvery;
            PeakMemory = Math.Max(PeakMemory, GC.GetTotalMemory(forceFullCollection: false) - _memoryBefore);
        }

        ReadOnlySpan<byte> source;
        long behind = BytesRead - opening.Length;
        if (behind < 0) source = opening.AsSpan((int)BytesRead);
        else if (behind < length) source = Trim(_blocks.AsSpan((int)(behind % block.Length)), length - behind);
        else source = closing is null ? [] : closing.AsSpan((int)(behind - length));

        int count = Math.Min(Math.Min(source.Length, buffer.Length), ReadSize);
        source[..count].CopyTo(buffer.Span);
        BytesRead += count;
        return new(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The library reads synchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bytes, long most) => bytes.Length > most ? bytes[..(int)most] : bytes;

    private static byte[] Repeat(byte[] block)
    {
        byte[] blocks = new byte[block.Length * Math.Max(1, (2 * ReadSize / block.Length) + 1)];
        for (int i = 0; i < blocks.Length; i += block.Length) block.CopyTo(blocks, i);
        return blocks;
    }
}
