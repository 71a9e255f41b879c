using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace LlmStream.Framing;

/// <summary>
/// Reads server-sent events as defined by the WHATWG HTML Standard: 9.2.5, the format, and 9.2.6, its interpretation. Sentences in
/// quotation marks are quoted from there.
/// </summary>
/// <remarks>
/// <para>
/// The reader deviates from the standard where following it would lose what a server said. JSON between the events that lacks
/// <c>data:</c>, the field <c>error</c>, and an event that the end of the stream leaves without its blank line are frames too, marked by
/// <see cref="FrameKind.Bare"/> and <see cref="Frame.IsUnterminated"/>. The size of an
/// event is limited: that of its data lines, and of any line by itself. Each deviation is marked below. A strict reader has none, but for
/// the limit and the frame that the end of the stream leaves, which is marked.
/// </para>
/// <para>
/// Invariants between two calls: all lines before the current one have been processed, and what they contribute to the current event is
/// in <c>_type</c> and <c>_data</c>, which does not refer to <see cref="FrameReader.Received"/>. The latter begins with the current line,
/// or with bytes that <c>_skip</c> describes, and its first <c>_scanned</c> bytes contain no line ending. So each byte is searched once,
/// whatever the size of the reads, and a stream may consist of comments without end.
/// </para>
/// </remarks>
internal sealed class SseFrameReader : FrameReader
{
    private const byte LF = (byte)'\n';
    private const byte CR = (byte)'\r';

    /// <summary>What may precede the current line without being part of it.</summary>
    private enum Skip
    {
        Nothing,

        /// <summary>A byte order mark, at the start of the stream.</summary>
        ByteOrderMark,

        /// <summary>A line feed, after a carriage return that was the last byte received.</summary>
        LineFeed,
    }

    private readonly SseDataBuffer _data;
    private readonly bool _isStrict;
    private Skip _skip = Skip.ByteOrderMark;
    private int _scanned;

    // The current event: whether it is of type _type, whether it is bare JSON, and the size of the lines in _data.
    private bool _hasType;
    private bool _isBare;
    private int _eventBytes;

    // For Position: how many blocks of lines have ended, and whether the current one has a line.
    private long _blocks;
    private bool _hasBlock;

    // The last type that was decoded. Most events of a stream are of one type.
    private string _type = Frame.DefaultEventType;

    public SseFrameReader(
        GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer, bool isStrict = false)
        : base(stream, maxFrameBytes, handler, observer)
    {
        _data = new SseDataBuffer(Received);
        _isStrict = isStrict;
    }

    public override StreamPosition? Position => new StreamPosition(Received.Consumed, _blocks);

    // "initialize event's type attribute to "message"" and "If the event type buffer has a value other than the empty string, change the
    // type of the newly created event to equal the value of the event type buffer."
    private string EventType => _hasType ? _type : Frame.DefaultEventType;

    /// <summary>The length of the line endings at the start of some bytes that end a line and, by a blank line, an event; or 0.</summary>
    public static int EndOfEvent(ReadOnlySpan<byte> bytes) => bytes is [LF, LF, ..] ? 2 : bytes.StartsWith("\r\n\r\n"u8) ? 4 : 0;

    public override bool TryRead()
    {
        if (_scanned > 0 && !IsLineComplete()) return false;
        if (TryReadLines()) return true;
        _data.Detach();
        return false;
    }

    public override ValueTask DisposeAsync()
    {
        _scanned = 0;
        _data.Clear();
        return base.DisposeAsync();
    }

    /// <summary>Searches on in the current line: small reads seldom complete one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsLineComplete()
    {
        ReadOnlySpan<byte> bytes = Received.Unread;
        int found = bytes[_scanned..].IndexOfAny(LF, CR);
        _scanned = found < 0 ? bytes.Length : _scanned + found;
        return found >= 0 || HasEnded || bytes.Length > MaxFrameBytes - _eventBytes;
    }

    /// <summary>Processes the lines that have been received, up to the first frame.</summary>
    private bool TryReadLines()
    {
        while (true)
        {
            ReadOnlySpan<byte> bytes = Received.Unread;
            AssertInvariants(bytes);
            if (_scanned == 0)
            {
                // "Once the end of the file is reached, any pending data must be discarded." Deviation: it is emitted, marked as
                // unterminated. Some servers omit the last blank line, and whether data is complete can often be told from the data.
                if (bytes.IsEmpty) return HasEnded && Dispatch(isUnterminated: true);
                if (_skip != Skip.Nothing)
                {
                    if (!TrySkip(bytes)) return false;
                    continue;
                }

                if (!_data.HasLines)
                {
                    if (bytes[0] == (byte)'d' && TryHandleAhead(bytes)) return true;
                }
                else if (EndsEvent(bytes[0]))
                {
                    return Dispatch(isUnterminated: false);
                }
            }

            // "a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not preceded by a
            // U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED
            // (LF) character being the ways in which a line can end"
            int found = bytes[0] == LF ? 0 : bytes[_scanned..].IndexOfAny(LF, CR);
            int length = found < 0 ? bytes.Length : _scanned + found;
            if (length > MaxFrameBytes - _eventBytes) throw TooLarge();
            LineEnding ending = found < 0 ? LineEnding.None : bytes[length] == LF ? LineEnding.LineFeed : EndingOf(bytes[length..]);
            if (ending == LineEnding.None && !HasEnded)
            {
                _scanned = length;
                return false;
            }

            if (ProcessLine(bytes[..length], ending)) return true;
        }
    }

    /// <summary>Skips what <see cref="_skip"/> describes, if it is there.</summary>
    /// <returns>False if that cannot be decided before more bytes are received.</returns>
    private bool TrySkip(ReadOnlySpan<byte> bytes)
    {
        if (_skip == Skip.ByteOrderMark)
        {
            // "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
            ReadOnlySpan<byte> mark = "\uFEFF"u8;
            if (bytes.Length < mark.Length && mark.StartsWith(bytes) && !HasEnded) return false;
            if (bytes.StartsWith(mark))
            {
                Observer?.OnByteOrderMark();
                Received.Consume(mark.Length);
            }
        }
        else if (bytes[0] == LF)
        {
            Received.Consume(1);
        }

        _skip = Skip.Nothing;
        return true;
    }

    /// <summary>At the start of a line, with data before it: whether the event ends here although there was no blank line.</summary>
    private bool EndsEvent(byte first) => _isBare
        // Deviation: a field or a comment ends bare JSON. No line of pretty-printed JSON begins with one of these characters.
        ? first is (byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' or (byte)':'
        // Deviation: bare JSON is not part of the event before it.
        : first is (byte)'{' or (byte)'[' && !_isStrict;

    /// <summary>At the start of a line, with no data before it: lets the handler take an event whose end it finds by itself.</summary>
    private bool TryHandleAhead(ReadOnlySpan<byte> bytes)
    {
        // An observer is told of every line.
        if (Observer is not null || !bytes.StartsWith("data:"u8)) return false;
        if (bytes.Length > MaxFrameBytes) bytes = bytes[..MaxFrameBytes];
        ReadOnlySpan<byte> value = SseLine.ValueOf(bytes, "data".Length);
        int taken = Handler.TryHandleAhead(EventType, value);
        if (taken == 0) return false;
        Debug.Assert(taken <= value.Length);
        Received.Consume(bytes.Length - value.Length + taken);
        _hasType = false;
        EndBlock();
        return true;
    }

    /// <summary>Which line ending begins with the CR at the start of some bytes. None if the next byte has to be received first.</summary>
    private LineEnding EndingOf(ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(bytes[0] == CR);
        if (bytes.Length > 1) return bytes[1] == LF ? LineEnding.CarriageReturnLineFeed : LineEnding.CarriageReturn;
        // A CR ends a line at once: the next byte may not come for a long time. Only an observer has to be told whether that is an LF.
        return Observer is null or { NeedsLineEndings: false } || HasEnded ? LineEnding.CarriageReturn : LineEnding.None;
    }

    /// <summary>Processes a line: "Lines must be processed, in the order they are received, as follows".</summary>
    /// <returns>Whether a frame was emitted. If it was the event before an <c>error</c> field, the line is not consumed.</returns>
    private bool ProcessLine(ReadOnlySpan<byte> line, LineEnding ending)
    {
        // Deviation: the field "error" ends the event before it.
        if (_data.HasLines && !_isBare && !_isStrict && SseLine.IsError(line)) return Dispatch(isUnterminated: false);

        Observer?.OnLine(_isBare && !line.IsEmpty ? SseLineKind.BareContinuation : SseLine.KindOf(line), line, ending);
        int position = Received.Position;
        Received.Consume(line.Length + (ending == LineEnding.None ? 0 : ending == LineEnding.CarriageReturnLineFeed ? 2 : 1));
        _scanned = 0;
        if (ending == LineEnding.CarriageReturn && Received.Unread.IsEmpty) _skip = Skip.LineFeed;

        // "If the line is empty (a blank line): Dispatch the event"
        if (line.IsEmpty)
        {
            if (_hasBlock) EndBlock();
            return Dispatch(isUnterminated: false);
        }

        _hasBlock = true;

        switch (line[0])
        {
            // Deviation: JSON without "data:" is not ignored. It may be an error, or the event of a server that omits the field name. It
            // has no type. It may have several lines: of one value, pretty-printed, or each a value. Handlers tell these apart.
            case (byte)'{' or (byte)'[' when !_isStrict:
            case var _ when _isBare:
                _isBare = true;
                _hasType = false;
                _data.Add(line, position);
                _eventBytes += line.Length;
                return false;

            // "If the field name is "data": Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character
            // to the data buffer."
            case (byte)'d' when SseLine.IsField(line, "data"u8):
                ReadOnlySpan<byte> value = SseLine.ValueOf(line, "data".Length);
                if (TryConsumeBlankLine())
                {
                    EndBlock();
                    // The usual event: one data line, all received at once.
                    string eventType = EventType;
                    _hasType = false;
                    Emit(FrameKind.Event, eventType, value, isUnterminated: false);
                    return true;
                }

                _data.Add(value, position + line.Length - value.Length);
                _eventBytes += line.Length;
                return false;

            // "If the field name is "event": Set the event type buffer to the field value."
            case (byte)'e' when SseLine.IsField(line, "event"u8):
                SetEventType(SseLine.ValueOf(line, "event".Length));
                return false;

            // Deviation: the value of the field "error" is a frame by itself. Servers send it when they fail in the middle of a stream.
            case (byte)'e' when !_isStrict && SseLine.IsError(line):
                _hasType = false;
                Emit(FrameKind.Bare, Frame.ErrorEventType, SseLine.ValueOf(line, "error".Length), ending == LineEnding.None);
                return true;

            // "If the line starts with a U+003A COLON character (:): Ignore the line."
            // "If the field name is "id": … set the last event ID buffer to the field value", "If the field name is "retry": … set the
            // event stream's reconnection time to that integer": observers do, because only some readers reconnect.
            // "Otherwise: The field is ignored."
            default:
                return false;
        }
    }

    private void SetEventType(ReadOnlySpan<byte> value)
    {
        _hasType = !value.IsEmpty;
        if (_hasType && !Ascii.Equals(value, _type)) _type = EventTypes.Decode(value);
    }

    /// <summary>After an event's first data line: consumes the blank line that ends the event, if it comes next.</summary>
    private bool TryConsumeBlankLine()
    {
        if (_data.HasLines || Observer is not null) return false;
        ReadOnlySpan<byte> bytes = Received.Unread;
        int length = bytes is [LF, ..] ? 1 : bytes is [CR, LF, ..] ? 2 : 0;
        Received.Consume(length);
        return length > 0;
    }

    /// <summary>Dispatches the current event.</summary>
    /// <returns>Whether there was one. Without data, there is nothing to emit.</returns>
    private bool Dispatch(bool isUnterminated)
    {
        if (_data.HasLines)
        {
            if (isUnterminated) EndBlock();
            EmitData(isUnterminated);
            return true;
        }

        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and return."
        _hasType = false;
        return false;
    }

    private void EndBlock()
    {
        _blocks++;
        _hasBlock = false;
    }

    private void EmitData(bool isUnterminated)
    {
        string eventType = EventType;
        FrameKind kind = _isBare ? FrameKind.Bare : FrameKind.Event;
        _hasType = _isBare = false;
        _eventBytes = 0;
        // "If the data buffer's last character is a U+000A LINE FEED (LF) character, remove the last character from the data buffer."
        // It has not been added.
        Emit(kind, eventType, _data.Lines, isUnterminated);
        // "Set the data buffer and the event type buffer to the empty string."
        _data.Clear();
    }

    private FramingException TooLarge() => new(FramingError.TooLarge, $"An event is larger than {MaxFrameBytes} bytes");

    [Conditional("DEBUG")]
    private void AssertInvariants(ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(bytes[.._scanned].IndexOfAny(CR, LF) < 0);
        Debug.Assert(_eventBytes >= 0 && _eventBytes <= MaxFrameBytes);
        Debug.Assert(_data.HasLines || (!_isBare && _eventBytes == 0));
        Debug.Assert(_skip == Skip.Nothing || _scanned == 0);
    }
}
