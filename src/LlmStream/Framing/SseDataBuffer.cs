using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Framing;

/// <summary>The data buffer of an event (HTML Standard, 9.2.6): the lines of its data, joined by LF.</summary>
/// <remarks>
/// A single line is not copied: it stays where it was received, until <see cref="Detach"/>. Further lines are added to a copy of it, in
/// pooled memory, which is returned when the event has been emitted.
/// Invariants: <c>_length</c> is the length of the lines, without a line feed after the last, or -1 if there are none, which is not the
/// same as a single empty one. They are in <c>_copy[.._length]</c>, unless that is empty: then there is at most one, which begins at
/// <c>_position</c> of the receive buffer.
/// </remarks>
internal sealed class SseDataBuffer(ReceiveBuffer received)
{
#if DEBUG
    private const int FirstSize = 16;
#else
    private const int FirstSize = 256;
#endif

    private byte[] _copy = [];
    private int _position;
    private int _length = -1;

    /// <summary>Whether a line has been added, be it an empty one.</summary>
    public bool HasLines => _length >= 0;

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="position">Where it is in the receive buffer.</param>
    public void Add(ReadOnlySpan<byte> line, int position)
    {
        Debug.Assert(received.At(position, line.Length).SequenceEqual(line));
        if (HasLines)
        {
            Append(line);
            return;
        }

        Debug.Assert(_copy.Length == 0);
        _position = position;
        _length = line.Length;
    }

    /// <summary>Copies a line that is still in the receive buffer. To be called before more is received.</summary>
    public void Detach()
    {
        if (HasLines && _copy.Length == 0) Reserve(_length);
    }

    /// <summary>The lines. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Lines => _copy.Length == 0 ? received.At(_position, _length) : _copy.AsSpan(0, _length);

    /// <summary>Removes all lines and returns the memory.</summary>
    public void Clear()
    {
        _length = -1;
        if (_copy.Length > 0) ReturnCopy();
    }

    private void ReturnCopy()
    {
        ArrayPool<byte>.Shared.Return(_copy);
        _copy = [];
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        Reserve(_length + 1 + line.Length);
        _copy[_length] = (byte)'\n';
        line.CopyTo(_copy.AsSpan(_length + 1));
        _length += 1 + line.Length;
    }

    /// <summary>Makes the copy, if there is none, and so large that it holds at least so many bytes.</summary>
    private void Reserve(int size)
    {
        if (_copy.Length > 0 && size <= _copy.Length) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(size, FirstSize), 2 * _copy.Length));
        Lines.CopyTo(larger);
        if (_copy.Length > 0) ArrayPool<byte>.Shared.Return(_copy);
        _copy = larger;
    }
}
