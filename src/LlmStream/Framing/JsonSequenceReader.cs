using System.Buffers;

namespace LlmStream.Framing;

/// <summary>
/// JSON values one after the other: one a line (NDJSON), the elements of one array that is streamed, or a single
/// document. Each value is a frame.
/// </summary>
/// <remarks>
/// Invariant: <c>_buffer[.._start]</c> has been handled; <c>_buffer[_start.._scanned]</c> is the part of the value in hand
/// that has been looked at, at nesting depth <c>_depth</c> behind it; nothing is looked at twice, so the work is linear
/// in the bytes whatever the size of the reads.
/// </remarks>
internal sealed class JsonSequenceReader : FrameReader
{
    private const int FirstBufferSize = 4096;

    private static readonly SearchValues<byte> OutsideString = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> InsideString = SearchValues.Create("\"\\\n"u8);

    private readonly Stream _stream;
    private readonly int _maxFrameBytes;
    private readonly IFrameHandler _handler;
    private readonly FramingStatistics? _statistics;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferSize);
    private int _start;
    private int _scanned;
    private int _end;
    private int _depth;
    private bool _inString;
    private bool _inArray;
    private bool _inText;
    private bool _streamEnded;

    public JsonSequenceReader(Stream stream, int maxFrameBytes, IFrameHandler handler, FramingStatistics? statistics)
    {
        _stream = stream;
        _maxFrameBytes = maxFrameBytes;
        _handler = handler;
        _statistics = statistics;
        if (statistics is not null) statistics.JsonSequence = true;
    }

    public override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (!TryHandleNext())
        {
            if (_streamEnded) return HandleRest();
            MakeRoom();
            int read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _streamEnded = read == 0;
            _end += read;
        }

        return true;
    }

    public override ValueTask DisposeAsync()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _scanned = _end = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        return default;
    }

    private bool TryHandleNext()
    {
        if (_depth == 0 && !_inText && !SkipToValue()) return false;
        return _inText ? TryHandleText() : TryHandleValue();
    }

    /// <summary>Passes over what stands between values.</summary>
    /// <returns>False where the bytes end before a value begins.</returns>
    private bool SkipToValue()
    {
        for (; _start < _end; _start++)
        {
            switch (_buffer[_start])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',':
                case 0xEF or 0xBB or 0xBF: // a byte order mark
                    break;
                case (byte)'[' when !_inArray:
                    _inArray = true;
                    if (_statistics is not null) _statistics.JsonArray = true;
                    break;
                case (byte)']' when _inArray:
                    _inArray = false;
                    break;
                case (byte)'{':
                    _scanned = _start;
                    return true;
                default:
                    _scanned = _start;
                    _inText = true;
                    return true;
            }
        }

        _scanned = _start;
        return false;
    }

    private bool TryHandleValue()
    {
        while (_scanned < _end)
        {
            Span<byte> rest = _buffer.AsSpan(_scanned, _end - _scanned);
            int hit = rest.IndexOfAny(_inString ? InsideString : OutsideString);
            if (hit < 0)
            {
                _scanned = _end;
                break;
            }

            byte found = rest[hit];
            if (found == (byte)'\\' && hit + 1 == rest.Length)
            {
                _scanned += hit; // what it escapes has not come yet
                break;
            }

            _scanned += found == (byte)'\\' ? hit + 2 : hit + 1;
            switch (found)
            {
                case (byte)'"':
                    _inString = !_inString;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)'}' or (byte)']' when --_depth == 0:
                case (byte)'\n': // no string of JSON holds one: a line was cut off, and the next one is to be read
                    Handle(_scanned, FrameKind.Event, isUnterminated: false);
                    return true;
            }
        }

        CheckSize(_end);
        return false;
    }

    private bool TryHandleText()
    {
        int lineEnd = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
        if (lineEnd < 0)
        {
            _scanned = _end;
            CheckSize(_end);
            return false;
        }

        Handle(_scanned + lineEnd, FrameKind.Bare, isUnterminated: false);
        return true;
    }

    /// <summary>At the end of the stream: what has come of a value that has not ended.</summary>
    private bool HandleRest()
    {
        if (_start == _end || (_depth == 0 && !_inText && !_inString)) return false;
        if (_statistics is not null) _statistics.UnterminatedEnd = true;
        Handle(_end, _inText ? FrameKind.Bare : FrameKind.Event, isUnterminated: true);
        return true;
    }

    private void CheckSize(int end)
    {
        if (end - _start > _maxFrameBytes) throw new FramingException(FramingError.TooLarge, $"A JSON value is larger than {_maxFrameBytes} bytes");
    }

    private void Handle(int end, FrameKind kind, bool isUnterminated)
    {
        CheckSize(end);
        ReadOnlySpan<byte> data = _buffer.AsSpan(_start, end - _start);
        _start = _scanned = end;
        _depth = 0;
        _inString = _inText = false;
        if (_statistics is not null) _statistics.Frames++;
        // A server-sent event among JSON lines: what it says is its data.
        if (kind == FrameKind.Bare && data.StartsWith("data:"u8))
        {
            kind = FrameKind.Event;
            data = data["data:"u8.Length..];
        }

        _handler.Handle(new Frame(kind, Frame.DefaultEventType, data, isUnterminated));
    }

    private void MakeRoom()
    {
        if (_start > 0 && (_start == _end || _end == _buffer.Length))
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _scanned -= _start;
            _start = 0;
        }

        if (_end < _buffer.Length) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
