using System.Runtime.CompilerServices;
using System.Text;

namespace LlmStream.Framing;

/// <summary>
/// Stands between the bytes of an event stream and its parser. It passes every byte on as it came, and puts a few of
/// its own between them where the parser would otherwise lose or mistake something:
/// <list type="bullet">
/// <item>an event type whose event had no data is reset, so that it does not leak onto the next event;</item>
/// <item>JSON that stands between the events without <c>data:</c>, and the value of an <c>error:</c> field, become
/// events of their own, of types that no server sends;</item>
/// <item>an event that the end of the stream left without its blank line is given one.</item>
/// </list>
/// It also holds every event to a size, which the parser does not.
/// </summary>
/// <remarks>
/// Invariant: what has been passed on, the bytes put in included, is exactly what has been scanned, and the state below
/// describes the place between the last byte passed on and the next one. Bytes that were read but lie behind an
/// insertion wait, unscanned, in the stash. To end the event before it, an insertion begins with an empty line; behind a CR
/// that takes two LFs, because the first only completes the line end.
/// </remarks>
internal sealed class SseLineFilter(Stream source, int maxEventBytes, FramingStatistics? statistics, bool isAtStart = true) : ReadOnlyStream
{
    /// <summary>The type of the events that are made from bare text. No server sends it: it holds a control character.</summary>
    public const string BareEventType = "\u0001bare";

    /// <summary>The type of the events that are made from <c>error:</c> fields.</summary>
    public const string ErrorEventType = "\u0001error";

    private const byte LF = (byte)'\n';
    private const byte CR = (byte)'\r';
    private const int HeadSize = 6; // as long as the longest name that matters and its colon: "event:", "error:"

    private enum Line
    {
        Undecided,
        Data,
        EventType,
        ErrorField,
        OtherField,
        Comment,
        Bare,
        Unknown,
    }

    private ReadOnlyMemory<byte> _insertion = isAtStart ? default : "\n"u8.ToArray(); // else the parser would take a byte order mark for one
    private byte[] _stash = [];
    private int _stashStart;
    private int _stashEnd;
    private MemoryStream? _captured; // the value of an error field, or, for the statistics, the head of a comment or an unknown line
    private bool _sourceEnded;
    private bool _endWritten;
    private bool _isTooLarge;

    private bool _atLineStart = true;
    private bool _afterCarriageReturn;
    private bool _followsLoneReturn; // the line in hand, that is
    private bool _eventHasData;
    private bool _eventHasType;
    private bool _inBareText;
    private bool _bareLineIsOpen;
    private Line _line;
    private readonly byte[] _head = new byte[HeadSize];
    private int _headLength;
    private long _lineBytes;
    private long _eventBytes;
    private int _markBytes = isAtStart ? 0 : -1; // of a byte order mark at the very start; -1 behind the start
    private bool _isBehindEmptyLine;
    private bool _hasMetLoneReturn;

    /// <summary>Whether the event that is parsed now was cut off by the end of the stream.</summary>
    public bool IsAtUnterminatedEnd { get; private set; }

    /// <summary>Whether the last byte passed on ended an event. A lone CR does not tell: the parser may wait for an LF behind it.</summary>
    public bool IsAtEventStart => _isBehindEmptyLine && !_afterCarriageReturn && !_hasMetLoneReturn && _insertion.IsEmpty && _stashStart == _stashEnd;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        while (true)
        {
            if (!_insertion.IsEmpty) return TakeInsertion(buffer);
            if (_isTooLarge) throw new FramingException(FramingError.TooLarge, $"An event is larger than {maxEventBytes} bytes");
            if (_stashStart < _stashEnd)
            {
                int taken = Math.Min(buffer.Length, _stashEnd - _stashStart);
                _stash.AsMemory(_stashStart, taken).CopyTo(buffer);
                int scanned = Scan(buffer.Span[..taken]);
                _stashStart += scanned;
                if (scanned > 0) return scanned;
            }
            else if (_sourceEnded)
            {
                if (_endWritten) return 0;
                _endWritten = true;
                WriteEnd();
            }
            else
            {
                int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                _sourceEnded = read == 0;
                int scanned = Scan(buffer.Span[..read]);
                if (scanned < read) Stash(buffer.Span[scanned..read]);
                if (scanned > 0) return scanned;
            }
        }
    }

    /// <summary>Reads on through the bytes until their end, or until something has to be put in.</summary>
    /// <returns>How many bytes may be passed on; <see cref="_insertion"/> comes behind them.</returns>
    private int Scan(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (position < bytes.Length)
        {
            if (_atLineStart && !StartLine(bytes, ref position)) return position;
            if (_atLineStart) continue;

            int length = bytes[position..].IndexOfAny(LF, CR);
            bool lineEnds = length >= 0;
            ReadOnlySpan<byte> line = lineEnds ? bytes.Slice(position, length) : bytes[position..];
            if (_line == Line.Undecided) Classify(line, lineEnds);
            else if (_captured is not null) Capture(line);

            _lineBytes += line.Length;
            if (_eventBytes + _lineBytes > maxEventBytes)
            {
                // The events before it are passed on first. One that a CR closed waits to see whether an LF follows.
                _isTooLarge = true;
                if (_followsLoneReturn && _lineBytes == line.Length) Insert("\n"u8);
                return position;
            }

            if (!lineEnds) return bytes.Length;

            position += length;
            _afterCarriageReturn = bytes[position++] == CR;
            EndLine();
            if (!_insertion.IsEmpty) return position;
        }

        return position;
    }

    /// <summary>At the first byte of a line, or behind the CR of the line before.</summary>
    /// <returns>False where something has to be put in before the byte at <paramref name="position"/>.</returns>
    private bool StartLine(ReadOnlySpan<byte> bytes, ref int position)
    {
        byte first = bytes[position];
        if (_markBytes >= 0)
        {
            // "Strip one leading U+FEFF byte order mark, if any are present" (9.2.5). The parser does; so it is no
            // part of the first line here either.
            if (_markBytes < 3 && first == "\uFEFF"u8[_markBytes])
            {
                _markBytes++;
                position++;
                if (statistics is not null) statistics.ByteOrderMark = true;
                return true;
            }

            _markBytes = -1;
        }

        bool behindLoneReturn = false;
        if (_afterCarriageReturn)
        {
            _afterCarriageReturn = false;
            if (statistics is not null) statistics.CarriageReturns++;
            if (first == LF)
            {
                if (statistics is not null) statistics.CarriageReturnLineFeeds++;
                position++;
                return true;
            }

            behindLoneReturn = _hasMetLoneReturn = true;
        }

        if (first is LF or CR)
        {
            // "If the line is empty: dispatch the event" (9.2.6). An event without data is not dispatched, and "set the
            // data buffer and the event type buffer to the empty string", which the parser forgets: it is told so.
            if (_eventHasType && !_eventHasData && !_inBareText)
            {
                _eventHasType = false;
                Insert("event:\n"u8);
                return false;
            }

            _eventHasData = _eventHasType = _inBareText = false;
            _eventBytes = 0;
            _isBehindEmptyLine = true;
            _afterCarriageReturn = first == CR;
            if (statistics is not null) statistics.Lines++;
            position++;
            return true;
        }

        bool startsBareText = first is (byte)'{' or (byte)'[';
        if (startsBareText && !_inBareText)
        {
            if (statistics is not null) statistics.BareLines++;
            // What came before is an event of its own.
            if (_eventHasData) Insert(behindLoneReturn ? "\n\nevent:\u0001bare\ndata: "u8 : "\nevent:\u0001bare\ndata: "u8);
            else Insert("event:\u0001bare\ndata: "u8);
            _eventHasType = true;
            _eventHasData = _inBareText = _bareLineIsOpen = true;
            return false;
        }

        if (_inBareText && !_bareLineIsOpen)
        {
            // Within pretty-printed JSON no line begins with a letter that a field begins with, nor with a colon.
            bool isField = first is (byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' or (byte)':';
            _inBareText = !isField;
            _bareLineIsOpen = !isField;
            Insert(!isField ? "data: "u8 : behindLoneReturn ? "\n\n"u8 : "\n"u8);
            if (isField) _eventHasData = _eventHasType = false;
            return false;
        }

        _atLineStart = _isBehindEmptyLine = false;
        _followsLoneReturn = behindLoneReturn;
        _line = _bareLineIsOpen ? Line.Bare : Line.Undecided;
        _bareLineIsOpen = false;
        _headLength = 0;
        _lineBytes = 0;
        return true;
    }

    /// <summary>Finds out which field a line is, as soon as enough of it has come.</summary>
    private void Classify(ReadOnlySpan<byte> line, bool lineEnds)
    {
        int rest = 0;
        if (_headLength > 0 || (line.Length < HeadSize && !lineEnds))
        {
            rest = Math.Min(line.Length, HeadSize - _headLength);
            line[..rest].CopyTo(_head.AsSpan(_headLength));
            _headLength += rest;
            if (_headLength < HeadSize && !lineEnds) return;
            _line = KindOf(_head.AsSpan(0, _headLength));
        }
        else
        {
            _line = KindOf(line);
        }

        if (_line == Line.Data) _eventHasData = true;
        else if (_line == Line.EventType) _eventHasType = true;
        else if (_line == Line.ErrorField || (_line is Line.Unknown or Line.Comment && statistics is not null)) StartCapture(line, rest);
    }

    private static Line KindOf(ReadOnlySpan<byte> line) => line[0] switch
    {
        (byte)'d' when IsField(line, "data"u8) => Line.Data,
        (byte)'e' when IsField(line, "event"u8) => Line.EventType,
        (byte)'e' when line.StartsWith("error:"u8) => Line.ErrorField,
        (byte)'i' when IsField(line, "id"u8) => Line.OtherField,
        (byte)'r' when IsField(line, "retry"u8) => Line.OtherField,
        (byte)':' => Line.Comment,
        _ => Line.Unknown,
    };

    private static bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.StartsWith(name) && (line.Length == name.Length || line[name.Length] == (byte)':');

    private void StartCapture(ReadOnlySpan<byte> line, int alreadyInHead)
    {
        _captured = new MemoryStream();
        Capture(_head.AsSpan(0, _headLength));
        Capture(line[alreadyInHead..]);
    }

    private void Capture(ReadOnlySpan<byte> bytes)
    {
        int limit = _line == Line.ErrorField ? maxEventBytes : 64;
        int room = Math.Min(bytes.Length, limit - (int)_captured!.Length);
        if (room > 0) _captured.Write(bytes[..room]);
    }

    private void EndLine()
    {
        _atLineStart = true;
        if (statistics is not null) statistics.Lines++;
        // Lines that add nothing to the event are forgotten, so that comments can go on for ever.
        if (_line is Line.Data or Line.Bare) _eventBytes += _lineBytes;
        if (_captured is not { } captured) return;

        _captured = null;
        ReadOnlySpan<byte> text = captured.GetBuffer().AsSpan(0, (int)captured.Length);
        if (_line == Line.ErrorField)
        {
            if (statistics is not null) statistics.ErrorFields++;
            byte[] value = text["error:".Length..].ToArray();
            Insert([.. _afterCarriageReturn ? "\n\n"u8 : "\n"u8, .. "event:\u0001error\ndata:"u8, .. value, .. "\n\n"u8]);
            _eventHasData = _eventHasType = false;
            _eventBytes = 0;
        }
        else if (statistics is not null && _line == Line.Comment)
        {
            statistics.Comments++;
            FramingStatistics.Count(statistics.CommentTexts, Encoding.UTF8.GetString(text[1..]).Trim());
        }
        else if (statistics is not null)
        {
            int colon = text.IndexOf((byte)':');
            FramingStatistics.Count(statistics.UnknownFields, Encoding.UTF8.GetString(colon < 0 ? text : text[..colon]));
        }
    }

    /// <summary>Completes what the end of the stream left open, so that the parser lets go of it.</summary>
    private void WriteEnd()
    {
        bool lineIsOpen = !_atLineStart;
        if (lineIsOpen)
        {
            if (_line == Line.Undecided && _headLength > 0) Classify([], lineEnds: true);
            EndLine(); // of an error field: puts it in
        }

        bool isOpen = _eventHasData || !_insertion.IsEmpty;
        IsAtUnterminatedEnd = isOpen;
        if (isOpen && statistics is not null) statistics.UnterminatedEnd = true;
        if (!_insertion.IsEmpty) return;
        if (isOpen) Insert("\n\n"u8);
        else if (lineIsOpen || _afterCarriageReturn) Insert("\n"u8);
    }

    private void Insert(ReadOnlySpan<byte> bytes) => (_insertion, _isBehindEmptyLine) = (bytes.ToArray(), false);

    private int TakeInsertion(Memory<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _insertion.Length);
        _insertion[..count].CopyTo(buffer);
        _insertion = _insertion[count..];
        return count;
    }

    private void Stash(ReadOnlySpan<byte> bytes)
    {
        if (_stash.Length < bytes.Length) _stash = new byte[bytes.Length];
        bytes.CopyTo(_stash);
        _stashStart = 0;
        _stashEnd = bytes.Length;
    }
}
