using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Framing;

/// <summary>The pooled buffer between a stream and a frame reader: bytes are received at one end and consumed at the other.</summary>
/// <remarks>
/// Invariants: <c>0 ≤ _start ≤ _end ≤ _array.Length</c>, and <c>_array[_start.._end]</c> has been received and not consumed.
/// The work is linear in the bytes received, for any read size: unread bytes are moved only after at least as many were consumed, or
/// into an array of twice the size or more. A stream that waits holds little: the buffer starts small, grows when reads fill it, fast if
/// several do, and shrinks when they do not, since then nothing else has arrived yet and the next read is likely to wait. Once it had to
/// grow again it keeps its size, so that it does not shrink and grow for each event if each read returns one.
/// </remarks>
internal sealed class ReceiveBuffer : IDisposable
{
#if DEBUG
    // So small that in every test events, lines and values cross the end of the buffer.
    private const int FirstSize = 16;
#else
    private const int FirstSize = 512;
#endif
    private const int MaxReadSize = 16 * 1024;

    // An array larger than this is returned once the frame that needed it has been consumed.
    private const int LargeSize = 64 * 1024;

    private byte[] _array = [];
    private int _start;
    private int _end;
    private int _size = FirstSize;
    private bool _isDrained; // the last read did not fill the array
    private bool _hasShrunk;
    private bool _keepsSize; // it grew again after it had shrunk
    private long _received;

    /// <summary>The received bytes that have not been consumed. Valid until the next call of <see cref="GetRoom"/>.</summary>
    public ReadOnlySpan<byte> Unread => new(_array, _start, _end - _start);

    /// <summary>Where <see cref="Unread"/> begins. <see cref="At"/> finds it again after it has been consumed.</summary>
    public int Position => _start;

    /// <summary>The number of bytes that have been consumed in all.</summary>
    public long Consumed => _received - (_end - _start);

    /// <summary>Received bytes, consumed or not, by a <see cref="Position"/> from after the last call of <see cref="GetRoom"/>.</summary>
    public ReadOnlySpan<byte> At(int position, int length)
    {
        Debug.Assert(position >= 0 && length >= 0 && position + length <= _end);
        return new(_array, position, length);
    }

    /// <summary>Removes bytes from the front. They stay where they are until the next call of <see cref="GetRoom"/>.</summary>
    public void Consume(int count)
    {
        Debug.Assert(count >= 0 && count <= _end - _start);
        _start += count;
    }

    /// <summary>Makes room for more bytes.</summary>
    /// <returns>Where to write them; never empty.</returns>
    public Memory<byte> GetRoom()
    {
        int unread = _end - _start;
        bool mayShrink = _isDrained && unread == 0 && !_keepsSize;
        if (mayShrink && _size > FirstSize)
        {
            _size /= 2;
            _hasShrunk = true;
        }

        bool isTooLarge = (mayShrink && _array.Length > _size) || (_array.Length > LargeSize && unread < _array.Length / 8);
        if (_array.Length < _size || isTooLarge) MoveTo(ArrayPool<byte>.Shared.Rent(Math.Max(_size, 2 * unread)));
        else if (unread == 0 || (_array.Length - _end < _array.Length / 4 && _start >= _array.Length / 2)) MoveTo(_array);
        else if (_end == _array.Length) MoveTo(ArrayPool<byte>.Shared.Rent(2 * _array.Length));
        Debug.Assert(_end < _array.Length && _start <= _end);
        return _array.AsMemory(_end);
    }

    /// <summary>Adds the bytes that were written to the start of what <see cref="GetRoom"/> returned.</summary>
    public void Commit(int count)
    {
        Debug.Assert(count >= 0 && count <= _array.Length - _end);
        _end += count;
        _received += count;
        _isDrained = _end < _array.Length;
        // The read filled the buffer, and had most of it to fill: the stream delivers more at once than fits.
        if (_end < _array.Length || count <= _end / 2 || _size == MaxReadSize) return;
        _size = Math.Min(_size * (_hasShrunk || _size == FirstSize ? 2 : 4), MaxReadSize);
        _keepsSize = _hasShrunk;
    }

    public void Dispose()
    {
        byte[] array = _array;
        _array = [];
        _start = _end = 0;
        if (array.Length > 0) ArrayPool<byte>.Shared.Return(array);
    }

    /// <summary>Moves the unread bytes to the start of an array, which may be the present one.</summary>
    private void MoveTo(byte[] target)
    {
        byte[] source = _array;
        int unread = _end - _start;
        source.AsSpan(_start, unread).CopyTo(target);
        _array = target;
        _start = 0;
        _end = unread;
        if (source.Length > 0 && source != target) ArrayPool<byte>.Shared.Return(source);
    }
}
