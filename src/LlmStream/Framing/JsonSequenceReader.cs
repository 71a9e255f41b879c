using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Framing;

/// <summary>
/// Reads a sequence of JSON values: one a line (NDJSON), the elements of a streamed array, or a single document. Each value is a frame.
/// </summary>
/// <remarks>
/// A line between the values that is not JSON is a frame of kind <see cref="FrameKind.Bare"/>.
/// Invariant: between two calls <see cref="FrameReader.Received"/> begins with the current value or text, of which the first
/// <c>_scanned</c> bytes have been searched; after them the nesting is <c>_depth</c> levels deep. Between values, when
/// <c>_depth</c> is 0 and <c>_inText</c> false, nothing has been searched. So each byte is searched once, whatever the size of the reads.
/// </remarks>
internal sealed class JsonSequenceReader : FrameReader
{
    private static readonly SearchValues<byte> OutsideString = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> InsideString = SearchValues.Create("\"\\\n"u8);

    private int _scanned;
    private int _depth;
    private bool _inString;
    private bool _inArray;
    private bool _inText;

    public JsonSequenceReader(Stream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer)
        : base(stream, maxFrameBytes, handler, observer)
    {
        observer?.OnJsonSequence();
    }

    private bool IsBetweenValues => _depth == 0 && !_inText;

    public override bool TryRead()
    {
        Debug.Assert(_depth >= 0 && !(_inString && _depth == 0) && !(_inText && _depth > 0));
        Debug.Assert(_scanned <= Received.Unread.Length && (!IsBetweenValues || _scanned == 0));
        if (IsBetweenValues)
        {
            ReadOnlySpan<byte> bytes = Received.Unread;
            if (bytes is not [(byte)'{', ..]) // the separator has usually been consumed with the value before it
            {
                if (!SkipToValue()) return false;
                bytes = Received.Unread;
            }

            if (!_inText && TryHandleAhead(bytes)) return true;
        }

        if (_inText ? TryReadText() : TryReadValue()) return true;

        // The end of the value has not been received.
        int length = Received.Unread.Length;
        CheckSize(length);
        if (!HasEnded) return false;
        Emit(length, isUnterminated: true);
        return true;
    }

    /// <summary>Skips what separates values.</summary>
    /// <returns>False if no value has begun yet.</returns>
    private bool SkipToValue()
    {
        ReadOnlySpan<byte> bytes = Received.Unread;
        for (int i = 0; i < bytes.Length; i++)
        {
            switch (bytes[i])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',':
                case 0xEF or 0xBB or 0xBF: // a byte order mark
                    break;
                case (byte)'[' when !_inArray:
                    _inArray = true;
                    Observer?.OnJsonArray();
                    break;
                case (byte)']' when _inArray:
                    _inArray = false;
                    break;
                default:
                    _inText = bytes[i] != (byte)'{';
                    Received.Consume(i);
                    return true;
            }
        }

        Received.Consume(bytes.Length);
        return false;
    }

    /// <summary>At the start of a value: lets the handler take it, if it finds the end by itself.</summary>
    private bool TryHandleAhead(ReadOnlySpan<byte> bytes)
    {
        if (Observer is not null) return false; // it is told of every frame
        int taken = Handler.TryHandleValueAhead(
            Frame.DefaultEventType, bytes.Length > MaxFrameBytes ? bytes[..MaxFrameBytes] : bytes, length: -1);
        if (taken == 0) return false;
        if (taken < bytes.Length && bytes[taken] == (byte)'\n') taken++;
        Received.Consume(taken);
        return true;
    }

    private bool TryReadValue()
    {
        ReadOnlySpan<byte> bytes = Received.Unread;
        while (_scanned < bytes.Length)
        {
            int hit = bytes[_scanned..].IndexOfAny(_inString ? InsideString : OutsideString);
            if (hit < 0)
            {
                _scanned = bytes.Length;
                return false;
            }

            _scanned += hit;
            byte found = bytes[_scanned];
            if (found == (byte)'\\')
            {
                if (_scanned + 1 == bytes.Length) return false; // the escaped byte has not been received
                _scanned += 2;
                continue;
            }

            _scanned++;
            switch (found)
            {
                case (byte)'"':
                    _inString = !_inString;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)'}' or (byte)']' when --_depth == 0:
                case (byte)'\n': // no JSON string contains one: the line was cut off, and the next is to be read
                    Emit(_scanned, isUnterminated: false);
                    return true;
            }
        }

        return false;
    }

    private bool TryReadText()
    {
        ReadOnlySpan<byte> bytes = Received.Unread;
        int length = bytes[_scanned..].IndexOf((byte)'\n');
        if (length < 0)
        {
            _scanned = bytes.Length;
            return false;
        }

        Emit(_scanned + length, isUnterminated: false);
        return true;
    }

    /// <summary>Emits the first bytes received as a frame.</summary>
    private void Emit(int length, bool isUnterminated)
    {
        CheckSize(length);
        ReadOnlySpan<byte> data = Received.Unread[..length];
        FrameKind kind = _inText ? FrameKind.Bare : FrameKind.Event;
        Received.Consume(length);
        _scanned = _depth = 0;
        _inString = _inText = false;
        // A server-sent event between JSON lines, such as an end marker: its data is the frame.
        if (kind == FrameKind.Bare && data.StartsWith("data:"u8))
        {
            kind = FrameKind.Event;
            data = data["data:"u8.Length..];
        }

        Emit(kind, Frame.DefaultEventType, data, isUnterminated);
    }

    private void CheckSize(int length)
    {
        if (length > MaxFrameBytes) throw new FramingException(FramingError.TooLarge, $"A JSON value is larger than {MaxFrameBytes} bytes");
    }
}
