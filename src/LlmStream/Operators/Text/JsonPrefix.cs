using System.Buffers;

namespace LlmStream.Operators.Text;

/// <summary>The beginning of a JSON document (RFC 8259) that is still being written.</summary>
/// <remarks>
/// Each character is read once. Invariant: <c>_text[.._length]</c> is a beginning of a document, <c>_open</c> has the closing
/// bracket of each container that is open, and <c>_text[.._whole]</c> with those brackets is a document: the one that says all that is
/// certain. Within a string that is a value <c>_text[.._wholeString]</c>, a quotation mark and those brackets is another,
/// which says what is known of the string too. A number is certain only when something else follows it: 12 may become 123.
/// </remarks>
internal sealed class JsonPrefix
{
    private enum State
    {
        /// <summary>Before the document: white space, a byte order mark, or the fence of a code block around it.</summary>
        Before,
        FenceLine,
        Value,
        ValueOrEnd,
        KeyOrEnd,
        Key,
        KeyString,
        Colon,
        String,
        Number,
        Literal,
        AfterValue,
        Done,
    }

    private readonly List<char> _open = [];
    private char[] _text = [];
    private int _length;
    private int _start;
    private int _end;
    private State _state = State.Before;
    private int _whole;
    private int _wholeString;
    private int _escape; // 1 behind a backslash, then the digits of \uXXXX that are missing, and 1
    private int _unit; // the code unit of that escape
    private bool _afterHighSurrogate;
    private string _literal = "";
    private int _literalIndex;

    public bool IsDone => _state == State.Done;

    /// <summary>Whether anything of a document has come.</summary>
    public bool HasBegun => _state is not (State.Before or State.FenceLine);

    public int Length => _length;

    /// <summary>How often the server has taken something of it back.</summary>
    public int Rewrites { get; private set; }

    /// <summary>How far what is known reaches. It has grown when a new snapshot says more.</summary>
    public int Known => _state == State.String ? _wholeString : _whole;

    /// <summary>Whether there is a string that is not whole, so that there are two documents.</summary>
    public bool HasOpenString => _state == State.String;

    /// <summary>Reads on.</summary>
    /// <returns>The offset of the first character that is no JSON, or -1.</returns>
    public int Read(ReadOnlySpan<char> text, int offset)
    {
        if (offset < _end) TakeBack(offset);
        _end = offset;
        for (int i = 0; i < text.Length && !IsDone; i++)
        {
            char c = text[i];
            if (!HasBegun)
            {
                ReadBefore(c);
                if (!HasBegun) continue;
                _start = _end + i;
            }

            if (_length == _text.Length) Array.Resize(ref _text, Math.Max(256, _text.Length * 2));
            _text[_length++] = c;
            if (!Step(c)) return _end + i;
        }

        _end = offset + text.Length;
        return -1;
    }

    /// <summary>Nothing follows: a number that is the whole document is certain now.</summary>
    public void End()
    {
        if (_state == State.Number && _open.Count == 0) EndValue(_length);
    }

    /// <summary>Writes a document of what is known into a rented array.</summary>
    public char[] Render(bool withOpenString, out int length)
    {
        int known = withOpenString ? _wholeString : _whole;
        char[] document = ArrayPool<char>.Shared.Rent(known + 1 + _open.Count);
        _text.AsSpan(0, known).CopyTo(document);
        length = known;
        if (withOpenString) document[length++] = '"';
        for (int i = _open.Count - 1; i >= 0; i--) document[length++] = _open[i];
        return document;
    }

    private void ReadBefore(char c)
    {
        if (_state == State.FenceLine)
        {
            if (c == '\n') _state = State.Before;
        }
        else if (!IsWhiteSpace(c) && c != '\uFEFF')
        {
            _state = c == '`' ? State.FenceLine : State.Value; // models like to wrap what they were asked for in ```json
        }
    }

    private bool Step(char c)
    {
        switch (_state)
        {
            case State.String or State.KeyString:
                return StepString(c);

            case State.Number when c is (>= '0' and <= '9') or '.' or 'e' or 'E' or '+' or '-':
                return true;

            case State.Number:
                EndValue(_length - 1);
                return _state == State.Done || StepAfterValue(c);

            case State.Literal:
                if (c != _literal[_literalIndex]) return false;
                if (++_literalIndex == _literal.Length) EndValue(_length);
                return true;

            case State.ValueOrEnd when c == ']':
            case State.KeyOrEnd when c == '}':
                return Close(c);

            case State.Value or State.ValueOrEnd:
                return IsWhiteSpace(c) || BeginValue(c);

            case State.Key or State.KeyOrEnd:
                if (c == '"') _state = State.KeyString;
                return c == '"' || IsWhiteSpace(c);

            case State.Colon:
                if (c == ':') _state = State.Value;
                return c == ':' || IsWhiteSpace(c);

            default:
                return StepAfterValue(c);
        }
    }

    private bool BeginValue(char c)
    {
        switch (c)
        {
            case '{':
                Open('}', State.KeyOrEnd);
                return true;
            case '[':
                Open(']', State.ValueOrEnd);
                return true;
            case '"':
                _state = State.String;
                _wholeString = _length;
                return true;
            case 't' or 'f' or 'n':
                _state = State.Literal;
                _literal = c switch { 't' => "true", 'f' => "false", _ => "null" };
                _literalIndex = 1;
                return true;
            default:
                _state = State.Number;
                return c is (>= '0' and <= '9') or '-';
        }
    }

    private bool StepString(char c)
    {
        if (_escape == 1)
        {
            if (c == 'u')
            {
                _escape = 5;
                _unit = 0;
                return true;
            }

            _escape = 0;
            if (!"\"\\/bfnrt".Contains(c)) return false;
            CharacterEnded('\0');
            return true;
        }

        if (_escape > 1)
        {
            if (!char.IsAsciiHexDigit(c)) return false;
            _unit = (_unit * 16) + Convert.ToInt32(c.ToString(), 16);
            if (--_escape > 1) return true;
            _escape = 0;
            CharacterEnded((char)_unit);
            return true;
        }

        if (c == '\\')
        {
            _escape = 1;
            return true;
        }

        if (c != '"')
        {
            CharacterEnded(c);
            return c >= ' ';
        }

        _afterHighSurrogate = false;
        if (_state == State.KeyString) _state = State.Colon;
        else EndValue(_length);
        return true;
    }

    /// <summary>A character of a string is whole, unless it is the first half of one.</summary>
    private void CharacterEnded(char unit)
    {
        _afterHighSurrogate = char.IsHighSurrogate(unit);
        if (!_afterHighSurrogate) _wholeString = _length;
    }

    private bool StepAfterValue(char c)
    {
        if (IsWhiteSpace(c)) return true;
        if (c is '}' or ']') return Close(c);
        if (c != ',') return false;
        _state = _open[^1] == '}' ? State.Key : State.Value;
        return true;
    }

    private void Open(char closing, State state)
    {
        _open.Add(closing);
        _state = state;
        _whole = _length;
    }

    private bool Close(char c)
    {
        if (_open[^1] != c) return false;
        _open.RemoveAt(_open.Count - 1);
        EndValue(_length);
        return true;
    }

    private void EndValue(int end)
    {
        _whole = end;
        _state = _open.Count == 0 ? State.Done : State.AfterValue;
    }

    /// <summary>The server takes text back: the document is read anew, from what is kept of it.</summary>
    private void TakeBack(int offset)
    {
        if (HasBegun && offset >= _start + _length) return; // behind the document
        Rewrites++;
        int kept = HasBegun ? Math.Max(0, offset - _start) : 0;
        _open.Clear();
        _state = kept > 0 ? State.Value : State.Before;
        _length = _whole = _escape = 0;
        _afterHighSurrogate = false;
        for (int i = 0; i < kept; i++)
        {
            _length++;
            Step(_text[i]);
        }
    }

    private static bool IsWhiteSpace(char c) => c is ' ' or '\t' or '\n' or '\r';
}
