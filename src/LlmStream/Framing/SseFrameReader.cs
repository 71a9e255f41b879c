using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace LlmStream.Framing;

/// <summary>
/// Server-sent events. Those of the plain kind, which nearly all are, are found right in the buffer; whatever is odd about
/// an event, <see cref="SseOddEvents"/> reads it.
/// </summary>
/// <remarks>
/// A plain event has one <c>data:</c> line, perhaps lines of the other fields and comments, and an empty line behind it, all
/// ended by LF or CRLF. Invariant: between two calls <c>_buffer[_start.._end]</c> is what has been read and not handed on;
/// <c>_start</c> is where an event begins, and either all of its lines before <c>_line</c> were plain, and no line end is in
/// <c>_buffer[_line.._scanned]</c>, or the event is odd, and its bytes are taken from <c>_start</c> by those who read such.
/// At the beginning of an event neither of the two has anything to remember, so that they take turns as it comes.
/// </remarks>
internal sealed class SseFrameReader : FrameReader
{
    private const int FirstBufferSize = 1024;
    private const int ReadSize = 16 * 1024;

    // More than this is kept only for an event that is so large.
    private const int MostToKeep = 64 * 1024;

    private const byte LF = (byte)'\n';
    private const byte CR = (byte)'\r';

    private enum Found
    {
        Nothing,
        Event,
        Handled,
        Oddity,
    }

    private readonly GuardedStream _stream;
    private readonly int _maxFrameBytes;
    private readonly IFrameHandler _handler;
    private readonly FramingStatistics? _statistics;
    private readonly bool _allAreOdd;
    private SseOddEvents? _oddEvents;
    private byte[] _buffer = [];
    private int _start;
    private int _line;
    private int _scanned;
    private int _end;
    private int _bufferSize = FirstBufferSize;
    private bool _isAtStart = true; // of the whole stream
    private bool _isOdd;
    private bool _ended;

    // What is known of the event in hand. The places are in the buffer.
    private int _data = -1;
    private int _dataEnd;
    private string _type = Frame.DefaultEventType;

    private string _lastType = Frame.DefaultEventType;
    private byte[] _lastTypeBytes = [];

    public SseFrameReader(GuardedStream stream, int maxFrameBytes, IFrameHandler handler, FramingStatistics? statistics, bool useFastPath = true)
    {
        _stream = stream;
        _maxFrameBytes = maxFrameBytes;
        _handler = handler;
        _statistics = statistics;
        // Who counts lines and comments has every one of them looked at.
        _allAreOdd = _isOdd = statistics is not null || !useFastPath;
    }

    /// <summary>How many events were found in the buffer; for tests.</summary>
    public int PlainEvents { get; private set; }

    public override bool TryRead()
    {
        if (_isOdd) return false;
        Found found = Scan(out int data, out int dataEnd, out string type);
        if (found is Found.Nothing or Found.Oddity)
        {
            _isOdd = found == Found.Oddity;
            return false;
        }

        if (found == Found.Event) _handler.Handle(new Frame(FrameKind.Event, type, _buffer.AsSpan(data, dataEnd - data), isUnterminated: false));
        PlainEvents++;
        return true;
    }

    /// <summary>The length of the line ends with which bytes begin that end a line and, by an empty one, an event; or 0.</summary>
    public static int EndOfEvent(ReadOnlySpan<byte> bytes) =>
        bytes is [LF, LF, ..] ? 2 : bytes.StartsWith("\r\n\r\n"u8) ? 4 : 0;

    public override ValueTask<bool> ReadAsync(CancellationToken cancellationToken) => TryRead() ? new(true) : ReadOnAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _line = _scanned = _end = 0;
        _ended = true;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        if (_oddEvents is not null) await _oddEvents.DisposeAsync().ConfigureAwait(false);
    }

    private int TakeLine(Span<byte> destination)
    {
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length > destination.Length) bytes = bytes[..destination.Length];
        int lineEnd = bytes.IndexOf(LF);
        if (lineEnd >= 0) bytes = bytes[..(lineEnd + 1)];
        bytes.CopyTo(destination);
        BeginEvent(_start + bytes.Length);
        return bytes.Length;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadOnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_isOdd)
            {
                _oddEvents ??= new SseOddEvents(_allAreOdd ? _stream : new LineByLine(this), _maxFrameBytes, _handler, _statistics, _isAtStart);
                bool read = await _oddEvents.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (read && !_allAreOdd) _isOdd = !_oddEvents.IsAtEventStart;
                return read;
            }

            if (_ended) return false;
            Take(await _stream.ReadAsync(MakeRoom(), cancellationToken).ConfigureAwait(false));
            // What the end left open is odd.
            if (_ended) _isOdd = _start < _end;
            else if (TryRead()) return true;
        }
    }

    /// <summary>Takes what was read into the room that was made.</summary>
    private void Take(int count)
    {
        _end += count;
        _ended = count == 0;
        // There is more than fits, and not for what stands before it. A stream that waits is not to hold more than it needs.
        if (_end == _buffer.Length && count > _end / 2 && _bufferSize < ReadSize) _bufferSize *= 2;
    }

    private Found Scan(out int data, out int dataEnd, out string type)
    {
        while (true)
        {
            if (_scanned == _line && _data < 0 && TryHandleAhead())
            {
                data = dataEnd = 0;
                type = Frame.DefaultEventType;
                return Found.Handled;
            }

            int length = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny(LF, CR);
            if (length < 0)
            {
                _scanned = _end;
                break;
            }

            int lineEnd = _scanned + length;
            int next = lineEnd + 1;
            if (_buffer[lineEnd] == CR)
            {
                _scanned = lineEnd;
                if (next == _end) break;
                if (_buffer[next++] != LF) return Odd(out data, out dataEnd, out type);
            }

            ReadOnlySpan<byte> line = _buffer.AsSpan(_line, lineEnd - _line);
            int lineStart = _line;
            _line = _scanned = next;
            if (!line.IsEmpty)
            {
                if (!TakeLine(line, lineStart)) return Odd(out data, out dataEnd, out type);
                continue;
            }

            // "If the line is empty: dispatch the event" (9.2.6); one without data is none.
            if (next - _start > _maxFrameBytes) return Odd(out data, out dataEnd, out type);
            data = _data;
            dataEnd = _dataEnd;
            type = _type;
            BeginEvent(next);
            if (data >= 0) return Found.Event;
        }

        if (_end - _start > _maxFrameBytes) return Odd(out data, out dataEnd, out type);
        data = dataEnd = 0;
        type = Frame.DefaultEventType;
        return Found.Nothing;
    }

    /// <summary>At the beginning of a line: it may be that of an event whose end need not be looked for.</summary>
    private bool TryHandleAhead()
    {
        int length = Math.Min(_end - _start, _maxFrameBytes) - (_line - _start);
        if (length <= "data:".Length) return false;
        ReadOnlySpan<byte> ahead = _buffer.AsSpan(_line, length);
        if (!ahead.StartsWith("data:"u8)) return false;
        int name = ahead[5] == ' ' ? 6 : 5;
        int taken = _handler.TryHandleAhead(_type, ahead[name..]);
        if (taken == 0) return false;
        BeginEvent(_line + name + taken);
        return true;
    }

    private static Found Odd(out int data, out int dataEnd, out string type)
    {
        data = dataEnd = 0;
        type = Frame.DefaultEventType;
        return Found.Oddity;
    }

    /// <returns>False where the line is of no plain event.</returns>
    private bool TakeLine(ReadOnlySpan<byte> line, int start)
    {
        switch (line[0])
        {
            case (byte)'d' when line.StartsWith("data:"u8) && _data < 0:
                const int Name = 5;
                // "If value starts with a U+0020 SPACE character, remove it from value" (9.2.6).
                _data = start + (line.Length > Name && line[Name] == ' ' ? Name + 1 : Name);
                _dataEnd = start + line.Length;
                return true;
            case (byte)'e' when line.StartsWith("event:"u8):
                return TakeType(line["event:".Length..]);
            case (byte)':':
            case (byte)'i' when line.StartsWith("id:"u8):
            case (byte)'r' when line.StartsWith("retry:"u8):
                // Nobody asks for these. Before an event they are forgotten at once, so that comments can go on for ever;
                // in one they count as part of it.
                if (_data < 0 && ReferenceEquals(_type, Frame.DefaultEventType)) BeginEvent(_line);
                return _line - _start <= MostToKeep || _data >= 0;
            default:
                return false;
        }
    }

    private bool TakeType(ReadOnlySpan<byte> value)
    {
        if (value.StartsWith(" "u8)) value = value[1..];
        if (value.IsEmpty)
        {
            _type = Frame.DefaultEventType;
            return true;
        }

        if (!value.SequenceEqual(_lastTypeBytes))
        {
            if (value[0] < ' ') return false; // of those that mean something here
            _lastTypeBytes = value.ToArray();
            _lastType = Encoding.UTF8.GetString(value);
        }

        _type = _lastType;
        return true;
    }

    private void BeginEvent(int start)
    {
        _start = _line = _scanned = start;
        _data = -1;
        _type = Frame.DefaultEventType;
        _isAtStart = false;
    }

    /// <summary>Sees that there is room to read into. What has been kept is moved no more often than as much again was read.</summary>
    /// <returns>The room.</returns>
    private Memory<byte> MakeRoom()
    {
        int kept = _end - _start;
        bool isLarge = _buffer.Length > MostToKeep && kept < _buffer.Length / 8;
        if (_buffer.Length < _bufferSize || isLarge) Move(Math.Max(_bufferSize, 2 * kept));
        else if (kept == 0 || (_buffer.Length - _end < _buffer.Length / 4 && _start >= _buffer.Length / 2)) Shift(_buffer);
        else if (_end == _buffer.Length) Move(2 * _buffer.Length);
        return _buffer.AsMemory(_end);
    }

    private void Move(int size)
    {
        byte[] old = _buffer;
        Shift(ArrayPool<byte>.Shared.Rent(size));
        if (old.Length > 0) ArrayPool<byte>.Shared.Return(old);
    }

    private void Shift(byte[] target)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _buffer = target;
        _line -= _start;
        _scanned -= _start;
        if (_data >= 0)
        {
            _data -= _start;
            _dataEnd -= _start;
        }

        _end -= _start;
        _start = 0;
    }

    /// <summary>Gives bytes to those who read odd events: at most one line, so that they never have more than theirs.</summary>
    private sealed class LineByLine(SseFrameReader reader) : ReadOnlyStream
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (reader._start == reader._end && !reader._ended)
                reader.Take(await reader._stream.ReadAsync(reader.MakeRoom(), cancellationToken).ConfigureAwait(false));
            return reader.TakeLine(buffer.Span);
        }
    }
}
