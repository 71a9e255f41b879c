using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Operators.Text;

/// <summary>A prefix of a JSON document (RFC 8259) that is still being written.</summary>
/// <remarks>
/// Each character is read once. Invariant: <c>_text[.._length]</c> is a prefix of a document, <c>_open</c> has the closing
/// bracket of each open container, and <c>_text[.._knownEnd]</c> followed by those brackets is a document with all complete
/// values. Within a string value, <c>_text[.._knownStringEnd]</c>, a quotation mark and those brackets is another document, which
/// also has the unfinished string. A number is complete only when something else follows it: 12 may become 123.
/// </remarks>
internal sealed class JsonPrefix
{
    private enum State
    {
        /// <summary>Before the document: in white space or a byte order mark.</summary>
        Before,

        /// <summary>In the opening fence of a Markdown code block around the document.</summary>
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
    private int _knownEnd;
    private int _knownStringEnd;
    private int _escape; // 1 after a backslash; in \uXXXX the number of missing digits plus 1
    private int _unit; // the code unit of that escape
    private bool _afterHighSurrogate;
    private string _literal = "";
    private int _literalIndex;

    public bool IsComplete => _state == State.Done;

    /// <summary>Whether the document has begun.</summary>
    public bool HasBegun => _state is not (State.Before or State.FenceLine);

    public int Length => _length;

    /// <summary>How often the server has rewritten a part of the document.</summary>
    public int RewriteCount { get; private set; }

    /// <summary>The length of the prefix that can be rendered. A new snapshot holds more if it has grown.</summary>
    public int KnownLength => _state == State.String ? _knownStringEnd : _knownEnd;

    /// <summary>Whether there is an unfinished string value, which can be rendered with or without it.</summary>
    public bool HasOpenString => _state == State.String;

    /// <summary>Reads on.</summary>
    /// <param name="text">The next piece of the text.</param>
    /// <param name="offset">Where it begins; before the end of the last one if the server rewrote the text.</param>
    /// <returns>The offset of the first character that is not JSON, or -1.</returns>
    public int Read(ReadOnlySpan<char> text, int offset)
    {
        if (offset < _end) Rewind(offset);
        _end = offset;
        for (int i = 0; i < text.Length && !IsComplete; i++)
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
        Debug.Assert(KnownLength <= _length, "Only what has been read is known.");
        return -1;
    }

    /// <summary>Ends the text: a number that is the whole document is complete now.</summary>
    public void End()
    {
        if (_state == State.Number && _open.Count == 0) EndValue(_length);
    }

    /// <summary>Writes a document of what is known.</summary>
    /// <param name="withOpenString">Whether to include the unfinished string; see <see cref="HasOpenString"/>.</param>
    /// <param name="length">The length of the document.</param>
    /// <returns>An array rented from the shared <see cref="ArrayPool{T}"/>.</returns>
    public char[] Render(bool withOpenString, out int length)
    {
        Debug.Assert(HasOpenString || !withOpenString, "There is an unfinished string to include.");
        int known = withOpenString ? _knownStringEnd : _knownEnd;
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
            _state = c == '`' ? State.FenceLine : State.Value; // models often wrap JSON in ```json
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
                _knownStringEnd = _length;
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
            EndCharacter('\0');
            return true;
        }

        if (_escape > 1)
        {
            if (!char.IsAsciiHexDigit(c)) return false;
            _unit = (_unit * 16) + Convert.ToInt32(c.ToString(), 16);
            if (--_escape > 1) return true;
            _escape = 0;
            EndCharacter((char)_unit);
            return true;
        }

        if (c == '\\')
        {
            _escape = 1;
            return true;
        }

        if (c != '"')
        {
            EndCharacter(c);
            return c >= ' ';
        }

        _afterHighSurrogate = false;
        if (_state == State.KeyString) _state = State.Colon;
        else EndValue(_length);
        return true;
    }

    /// <summary>A code unit of a string is complete; so is the character, unless it is the first half of a surrogate pair.</summary>
    private void EndCharacter(char unit)
    {
        _afterHighSurrogate = char.IsHighSurrogate(unit);
        if (!_afterHighSurrogate) _knownStringEnd = _length;
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
        _knownEnd = _length;
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
        _knownEnd = end;
        _state = _open.Count == 0 ? State.Done : State.AfterValue;
    }

    /// <summary>The server rewrites the text from an offset on: what is kept of the document is parsed again.</summary>
    private void Rewind(int offset)
    {
        if (HasBegun && offset >= _start + _length) return; // after the document
        RewriteCount++;
        int kept = HasBegun ? Math.Max(0, offset - _start) : 0;
        _open.Clear();
        _state = kept > 0 ? State.Value : State.Before;
        _length = _knownEnd = _escape = 0;
        _afterHighSurrogate = false;
        for (int i = 0; i < kept; i++)
        {
            _length++;
            Step(_text[i]);
        }
    }

    private static bool IsWhiteSpace(char c) => c is ' ' or '\t' or '\n' or '\r';
}
