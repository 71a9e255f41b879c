namespace LlmStream.Framing;

/// <summary>
/// A body with the framing of HTTP/1.1 chunks (RFC 9112, 7.1) still in it, because a server framed what HTTP frames
/// already: <c>size CRLF data CRLF … 0 CRLF CRLF</c>. Gives out the data alone. A body without it passes as it is.
/// </summary>
/// <remarks>
/// The size of a chunk should count bytes. Servers that write it themselves count what their strings count: code points
/// (Python) or UTF-16 units (JavaScript, Java, .NET). So a chunk ends where one of the three counts has reached its size
/// and CRLF follows; no JSON has that inside a string, where alone the counts can differ.
/// Invariant: all that came before has been given out, but for a CR that may be the end of the chunk.
/// </remarks>
internal sealed class ChunkedBody(GuardedStream source) : ReadOnlyStream
{
    private const int MaxSizeDigits = 8;

    private const byte CR = (byte)'\r';
    private const byte LF = (byte)'\n';

    private enum Place
    {
        Unknown,
        Plain,
        Size,
        SizeLineFeed,
        Data,
        DataLineFeed,
        Last,
        LastLineFeed,
        End,
    }

    private byte[] _raw = [];
    private Place _place;
    private int _digits;
    private int _size;
    private int _bytes;
    private int _units;
    private int _codePoints;

    /// <summary>Whether the last chunk has come, or the body has none.</summary>
    public bool IsWhole => _place is Place.End or Place.Plain;

    /// <summary>Whether the body has a framing that says where it ends.</summary>
    public bool IsFramed => _place is not (Place.Plain or Place.Unknown);

    /// <returns>The number of bytes of data, or 0 at the end of the body or behind its last chunk.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_place == Place.Unknown) _place = await BeginsWithSizeAsync(cancellationToken).ConfigureAwait(false) ? Place.Size : Place.Plain;
        if (_place == Place.Plain) return await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);

        // A CR held back may come out with what is read next: one byte of room is kept for it.
        if (_raw.Length < buffer.Length - 1) _raw = new byte[buffer.Length - 1];
        while (_place != Place.End)
        {
            int read = await source.ReadAsync(_raw.AsMemory(0, buffer.Length - 1), cancellationToken).ConfigureAwait(false);
            if (read == 0) return 0;
            int written = Unwrap(_raw.AsSpan(0, read), buffer.Span);
            if (written > 0) return written;
        }

        return 0;
    }

    private async ValueTask<bool> BeginsWithSizeAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i <= MaxSizeDigits; i++)
        {
            await source.PeekAsync(i + 1, cancellationToken).ConfigureAwait(false);
            if (source.Sample.Length <= i) return i > 0; // ended in what may be a size
            if (source.Sample[i] == CR) return i > 0;
            if (!char.IsAsciiHexDigit((char)source.Sample[i])) return false;
        }

        return false;
    }

    /// <returns>How many bytes of data were written.</returns>
    private int Unwrap(ReadOnlySpan<byte> raw, Span<byte> data)
    {
        int written = 0;
        foreach (byte next in raw)
        {
            switch (_place)
            {
                case Place.Size when next == CR && _digits > 0:
                    _place = Place.SizeLineFeed;
                    break;
                case Place.Size when char.IsAsciiHexDigit((char)next) && _digits < MaxSizeDigits && _size <= int.MaxValue >> 4:
                    _digits++;
                    _size = (_size << 4) | ((next & 0xF) + (next >= 'A' ? 9 : 0)); // a letter's low bits count from 1
                    break;
                case Place.SizeLineFeed when next == LF:
                    _place = _size == 0 ? Place.Last : Place.Data;
                    break;
                case Place.Data:
                    if (next == CR && MayEnd) _place = Place.DataLineFeed;
                    else TakeData(next, data, ref written);
                    break;
                case Place.DataLineFeed when next == LF:
                    _place = Place.Size;
                    _digits = _size = _bytes = _units = _codePoints = 0;
                    break;
                case Place.DataLineFeed:
                    _place = Place.Data;
                    TakeData(CR, data, ref written);
                    if (next == CR && MayEnd) _place = Place.DataLineFeed;
                    else TakeData(next, data, ref written);
                    break;
                case Place.Last when next == CR:
                    _place = Place.LastLineFeed;
                    break;
                case Place.LastLineFeed when next == LF:
                    _place = Place.End;
                    return written; // nothing behind it is looked at
                default:
                    throw new FramingException(FramingError.Malformed, "A chunk inside the body has no size, or does not end where its size says");
            }
        }

        return written;
    }

    private bool MayEnd => _bytes == _size || _units == _size || _codePoints == _size;

    private void TakeData(byte next, Span<byte> data, ref int written)
    {
        bool startsCodePoint = (next & 0xC0) != 0x80;
        if (startsCodePoint)
        {
            _codePoints++;
            _units += next >= 0xF0 ? 2 : 1;
        }

        if (_codePoints > _size) throw new FramingException(FramingError.Malformed, "A chunk inside the body is longer than its size says");
        _bytes++;
        data[written++] = next;
    }
}
