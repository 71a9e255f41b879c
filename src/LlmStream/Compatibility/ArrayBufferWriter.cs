using System.Buffers;

namespace LlmStream.Compatibility;

/// <summary>The class of <c>System.Buffers</c>: a buffer that grows.</summary>
internal sealed class ArrayBufferWriter<T> : IBufferWriter<T>
{
    private const int MinCapacity = 256;

    private T[] _buffer;

    public ArrayBufferWriter() => _buffer = [];

    public ArrayBufferWriter(int initialCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(initialCapacity);
        _buffer = new T[initialCapacity];
    }

    public int WrittenCount { get; private set; }

    public ReadOnlyMemory<T> WrittenMemory => _buffer.AsMemory(0, WrittenCount);

    public ReadOnlySpan<T> WrittenSpan => _buffer.AsSpan(0, WrittenCount);

    public int Capacity => _buffer.Length;

    public int FreeCapacity => _buffer.Length - WrittenCount;

    public void Clear()
    {
        _buffer.AsSpan(0, WrittenCount).Clear();
        WrittenCount = 0;
    }

    public void ResetWrittenCount() => WrittenCount = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count > FreeCapacity) throw new InvalidOperationException("More was written than the buffer can hold.");
        WrittenCount += count;
    }

    public Memory<T> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(WrittenCount);
    }

    public Span<T> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(WrittenCount);
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 1);
        if (needed <= FreeCapacity) return;
        Array.Resize(ref _buffer, checked(_buffer.Length + Math.Max(needed, Math.Max(_buffer.Length, MinCapacity))));
    }
}
