using System.Diagnostics;

namespace LlmStream.Framing;

/// <summary>
/// Removes the chunked transfer coding of HTTP/1.1 (RFC 9112, 7.1: <c>size CRLF data CRLF … 0 CRLF CRLF</c>) from a body to which a
/// server applied it although HTTP applies its own. A body without it is passed through.
/// </summary>
/// <remarks>
/// A chunk's size should count bytes. Servers that write the coding themselves count what their strings count: code points
/// (Python) or UTF-16 code units (JavaScript, Java, .NET). So a chunk ends where one of the three counts has reached its size
/// and CRLF follows. JSON has no CRLF inside a string, and only inside a string can the counts differ.
/// Invariant: everything before the current byte has been returned, except for a CR that may end the chunk: the state is then
/// <see cref="State.DataLineFeed"/>.
/// </remarks>
internal sealed class ChunkedBody(GuardedStream source) : ReadOnlyStream
{
    private const int MaxSizeDigits = 8;

    private const byte CR = (byte)'\r';
    private const byte LF = (byte)'\n';

    /// <summary>What the next byte belongs to.</summary>
    private enum State
    {
        /// <summary>Nothing has been read.</summary>
        Unknown,

        /// <summary>A body without the coding.</summary>
        Plain,

        Size,
        SizeLineFeed,
        Data,

        /// <summary>After a CR in the data: if an LF follows, the chunk ends.</summary>
        DataLineFeed,

        /// <summary>After the last chunk's size.</summary>
        Last,
        LastLineFeed,
        End,
    }

    private byte[] _raw = [];
    private State _state;
    private int _digits;
    private int _size;
    private int _bytes;
    private int _units;
    private int _codePoints;

    /// <summary>Whether the last chunk has been read, or the body has no chunks.</summary>
    public bool IsComplete => _state is State.End or State.Plain;

    /// <summary>Whether the body consists of chunks, the last of which marks its end.</summary>
    public bool IsChunked => _state is not (State.Plain or State.Unknown);

    /// <returns>The number of bytes of data, or 0 at the end of the body or after its last chunk.</returns>
    /// <exception cref="FramingException">The body began with a chunk's size and does not continue accordingly.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Debug.Assert(buffer.Length > 1);
        if (_state == State.Unknown) _state = await BeginsWithSizeAsync(cancellationToken).ConfigureAwait(false) ? State.Size : State.Plain;
        if (_state == State.Plain) return await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);

        // A CR that was withheld may have to be returned before what is read next: one byte is reserved for it.
        if (_raw.Length < buffer.Length - 1) _raw = new byte[buffer.Length - 1];
        while (_state != State.End)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = await source.ReadAsync(_raw.AsMemory(0, buffer.Length - 1), cancellationToken).ConfigureAwait(false);
            if (read == 0) return 0;
            int written = Decode(_raw.AsSpan(0, read), buffer.Span);
            if (written > 0) return written;
        }

        return 0;
    }

    private async ValueTask<bool> BeginsWithSizeAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i <= MaxSizeDigits; i++)
        {
            await source.PeekAsync(i + 1, cancellationToken).ConfigureAwait(false);
            if (source.Sample.Length <= i) return i > 0; // the body ended in what may be a size
            if (source.Sample[i] == CR) return i > 0;
            if (!char.IsAsciiHexDigit((char)source.Sample[i])) return false;
        }

        return false;
    }

    /// <summary>Removes the coding from some bytes.</summary>
    /// <returns>How many bytes of data were written.</returns>
    private int Decode(ReadOnlySpan<byte> raw, Span<byte> data)
    {
        int written = 0;
        foreach (byte next in raw)
        {
            switch (_state)
            {
                case State.Size when next == CR && _digits > 0:
                    _state = State.SizeLineFeed;
                    break;
                case State.Size when char.IsAsciiHexDigit((char)next) && _digits < MaxSizeDigits && _size <= int.MaxValue >> 4:
                    _digits++;
                    _size = (_size << 4) | ((next & 0xF) + (next >= 'A' ? 9 : 0)); // a letter's low bits count from 1
                    break;
                case State.SizeLineFeed when next == LF:
                    _state = _size == 0 ? State.Last : State.Data;
                    break;
                case State.Data:
                    if (next == CR && IsAtSize) _state = State.DataLineFeed;
                    else TakeData(next, data, ref written);
                    break;
                case State.DataLineFeed when next == LF:
                    _state = State.Size;
                    _digits = _size = _bytes = _units = _codePoints = 0;
                    break;
                case State.DataLineFeed:
                    _state = State.Data;
                    TakeData(CR, data, ref written);
                    if (next == CR && IsAtSize) _state = State.DataLineFeed;
                    else TakeData(next, data, ref written);
                    break;
                case State.Last when next == CR:
                    _state = State.LastLineFeed;
                    break;
                case State.LastLineFeed when next == LF:
                    _state = State.End;
                    return written; // what follows is ignored
                default:
                    throw new FramingException(FramingError.Malformed, "A chunk in the body has no valid size, or another length");
            }
        }

        return written;
    }

    /// <summary>Whether the data read has reached the chunk's size by one of the counts.</summary>
    private bool IsAtSize => _bytes == _size || _units == _size || _codePoints == _size;

    private void TakeData(byte next, Span<byte> data, ref int written)
    {
        bool startsCodePoint = (next & 0xC0) != 0x80;
        if (startsCodePoint)
        {
            _codePoints++;
            _units += next >= 0xF0 ? 2 : 1;
        }

        if (_codePoints > _size) throw new FramingException(FramingError.Malformed, "A chunk in the body is longer than its size says");
        _bytes++;
        Debug.Assert(_codePoints <= _bytes && _codePoints <= _units);
        data[written++] = next;
    }
}
