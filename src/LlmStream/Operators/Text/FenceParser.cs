using System.Text;

namespace LlmStream.Operators.Text;

/// <summary>A part that the parser has decided on, and the piece of the answer that it stands for.</summary>
internal readonly record struct FencePiece(FencedPartKind Kind, string Raw, int Offset, string Text, string Info);

/// <summary>Finds the fenced code blocks of one choice, by the rules of CommonMark 0.31, section 4.5.</summary>
/// <remarks>
/// Invariant: <c>_line</c> is what has been read and not given out, and ends at <c>_end</c>: outside a block the beginning of a line
/// that may yet open one, inside a block the line so far. Text outside a block of which it is known that it opens none
/// stands in <c>_prose</c> only while a delta is read.
/// </remarks>
internal sealed class FenceParser
{
    private const int MinRun = 3; // "at least three consecutive backtick characters (`) or tildes (~)"
    private const int MaxIndent = 3; // "preceded by up to three spaces of indentation"

    private enum State
    {
        /// <summary>In a line of prose that opens no block.</summary>
        Plain,

        /// <summary>At the start of a line, or in the spaces there.</summary>
        Indent,

        /// <summary>In what may be the opening marker.</summary>
        Run,

        /// <summary>Behind the opening marker.</summary>
        Info,

        /// <summary>In a block.</summary>
        Code,
    }

    private readonly StringBuilder _line = new();
    private readonly StringBuilder _prose = new();
    private readonly List<FencePiece> _pieces;
    private State _state = State.Indent;
    private int _end;
    private int _lineStart;
    private int _codeStart;
    private bool _afterCr; // the line ended in CR: an LF that follows belongs to it
    private int _indent;
    private char _marker;
    private int _run;
    private string _info = "";

    public FenceParser(List<FencePiece> pieces) => _pieces = pieces;

    /// <summary>Where what has been given out ends.</summary>
    public int Delivered => _end - _line.Length;

    /// <summary>Reads on. What is decided is added to the list.</summary>
    public void Read(string text, int offset)
    {
        if (offset < _end) TakeBack(offset);
        else if (offset > _end) _end = offset; // left out on the way here: as if it had never been
        ReadOn(text);
        FlushProse();
    }

    /// <summary>Decides on everything: the choice is over. "…if no closing code fence is found, [the block ends] at the end of the document".</summary>
    public void End()
    {
        if (_state == State.Info || (_state == State.Run && _run >= MinRun)) Open();
        else if (_state != State.Code) Release();
        FlushProse();
        if (_state != State.Code) return;
        if (_line.Length > 0) EndCodeLine();
        if (_state == State.Code) Close("");
    }

    private void ReadOn(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (_afterCr)
            {
                _afterCr = false;
                if (c == '\n')
                {
                    EndLineByLf();
                    continue;
                }

                if (_line.Length > 0) EndHeldLine();
            }

            if (_state == State.Plain)
            {
                int length = text[i..].IndexOfAny('\n', '\r');
                length = length < 0 ? text.Length - i : length + 1;
                _prose.Append(text.Slice(i, length));
                _end += length;
                i += length - 1;
                if (text[i] is '\n' or '\r') StartLine(text[i]);
                continue;
            }

            _line.Append(c);
            _end++;
            Step(c);
        }
    }

    private void Step(char c)
    {
        switch (_state)
        {
            case State.Indent when c == ' ' && _indent < MaxIndent:
                _indent++;
                break;

            case State.Indent when c is '`' or '~':
                _state = State.Run;
                _marker = c;
                _run = 1;
                break;

            case State.Run when c == _marker:
                _run++;
                break;

            case State.Indent:
            case State.Run when _run < MinRun:
            case State.Info when c == '`' && _marker == '`': // "If the info string comes after a backtick fence, it may not contain any backtick characters"
                Release();
                if (c is '\n' or '\r') StartLine(c);
                break;

            default:
                if (_state == State.Run) _state = State.Info;
                if (c == '\n') EndHeldLine();
                else _afterCr = c == '\r';
                break;
        }
    }

    private void EndLineByLf()
    {
        _end++;
        if (_line.Length > 0)
        {
            _line.Append('\n');
            EndHeldLine();
        }
        else
        {
            _prose.Append('\n');
            _lineStart = _end;
        }
    }

    private void EndHeldLine()
    {
        if (_state == State.Code) EndCodeLine();
        else Open();
    }

    private void StartLine(char lineBreak)
    {
        _state = State.Indent;
        _indent = 0;
        _lineStart = _end;
        _afterCr = lineBreak == '\r';
    }

    /// <summary>The line opens no block: what was held back of it is prose.</summary>
    private void Release()
    {
        _prose.Append(_line);
        _line.Clear();
        _state = State.Plain;
    }

    private void Open()
    {
        string raw = TakeLine();
        _info = raw[(_indent + _run)..].Trim();
        Add(FencedPartKind.Opened, raw, "");
        _state = State.Code;
        _codeStart = _lineStart = _end;
    }

    private void EndCodeLine()
    {
        string raw = TakeLine();
        ReadOnlySpan<char> line = raw.AsSpan().TrimEnd("\r\n");
        int spaces = line.IndexOfAnyExcept(' ');
        if (spaces < 0) spaces = line.Length;
        ReadOnlySpan<char> rest = line[spaces..].TrimEnd(" \t");
        // "The closing code fence must be at least as long as the opening fence", "and may be followed only by spaces or tabs"
        if (spaces <= MaxIndent && rest.Length >= _run && rest.IndexOfAnyExcept(_marker) < 0)
        {
            Close(raw);
            StartLine('\n');
            return;
        }

        // "If the opening fence is indented N spaces, then up to N spaces of indentation are removed from each line"
        Add(FencedPartKind.Line, raw, line[Math.Min(spaces, _indent)..].ToString());
        _lineStart = _end;
    }

    private void Close(string raw)
    {
        Add(FencedPartKind.Closed, raw, "");
        _info = "";
        StartLine('\n');
    }

    /// <summary>
    /// The server takes text back. What was held back of it is looked at again; what was given out stays as it was said, and a block that was
    /// opened behind the place is closed.
    /// </summary>
    private void TakeBack(int offset)
    {
        int start = Delivered;
        string kept = offset > start ? _line.ToString(0, offset - start) : "";
        _line.Clear();
        _afterCr = false;
        _end = Math.Min(offset, start);
        if (_state == State.Code)
        {
            if (offset < _codeStart) Close("");
        }
        else if (offset >= start || offset == 0 || offset == _lineStart)
        {
            if (_state != State.Plain || offset <= _lineStart) StartLine('\n');
        }
        else
        {
            _state = State.Plain; // within a line
        }

        ReadOn(kept);
    }

    private string TakeLine()
    {
        FlushProse();
        string raw = _line.ToString();
        _line.Clear();
        return raw;
    }

    private void FlushProse()
    {
        if (_prose.Length == 0) return;
        string prose = _prose.ToString();
        _prose.Clear();
        _pieces.Add(new FencePiece(FencedPartKind.Text, prose, Delivered - prose.Length, prose, ""));
    }

    private void Add(FencedPartKind kind, string raw, string text) =>
        _pieces.Add(new FencePiece(kind, raw, _end - raw.Length, text, _info));
}
