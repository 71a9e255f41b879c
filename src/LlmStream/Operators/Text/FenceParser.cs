using System.Diagnostics;
using System.Text;

namespace LlmStream.Operators.Text;

/// <summary>A part of a text that the parser has recognised.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Raw">The text that it consists of, markers and line breaks included.</param>
/// <param name="Offset">Where <paramref name="Raw"/> begins.</param>
/// <param name="Text">Its content.</param>
/// <param name="Info">The info string of its block.</param>
internal readonly record struct FenceToken(FencedPartKind Kind, string Raw, int Offset, string Text, string Info);

/// <summary>Finds the fenced code blocks of a text, by the rules of CommonMark 0.31, section 4.5.</summary>
/// <remarks>
/// Invariant: <c>_line</c> is what has been read and not emitted, and ends at <c>_end</c>. Outside a block it is the beginning of a
/// line that may open one, inside a block the line so far. Other text outside a block is in <c>_prose</c>, which is empty between
/// calls.
/// </remarks>
internal sealed class FenceParser
{
    private const int MinRun = 3; // "at least three consecutive backtick characters (`) or tildes (~)"
    private const int MaxIndent = 3; // "preceded by up to three spaces of indentation"

    private enum State
    {
        /// <summary>In a line of text that does not open a block.</summary>
        Prose,

        /// <summary>At the start of a line, or in its indentation.</summary>
        Indent,

        /// <summary>In what may be an opening fence.</summary>
        Run,

        /// <summary>In the info string after an opening fence.</summary>
        Info,

        /// <summary>Inside a block.</summary>
        Code,
    }

    private readonly StringBuilder _line = new();
    private readonly StringBuilder _prose = new();
    private readonly List<FenceToken> _tokens;
    private State _state = State.Indent;
    private int _end;
    private int _lineStart;
    private int _codeStart;
    private bool _afterCr; // the line ended in CR: an LF after it belongs to the same line break
    private int _indent;
    private char _marker;
    private int _run;
    private string _info = "";

    /// <summary>Creates a parser.</summary>
    /// <param name="tokens">The list to which it adds what it recognises.</param>
    public FenceParser(List<FenceToken> tokens) => _tokens = tokens;

    /// <summary>Where the emitted text ends.</summary>
    public int DeliveredEnd => _end - _line.Length;

    /// <summary>Reads on.</summary>
    /// <param name="text">The next piece of the text.</param>
    /// <param name="offset">Where it begins; before the end of the last one if the server rewrote the text.</param>
    public void Read(string text, int offset)
    {
        if (offset < _end) Rewind(offset);
        else if (offset > _end) _end = offset; // deltas were dropped before this operator: as if the gap did not exist
        Parse(text);
        FlushProse();
        Debug.Assert(_line.Length <= _end, "What is held back has been read.");
        Debug.Assert(_state != State.Prose || _line.Length == 0, "Only what may be a fence is held back outside a block.");
    }

    /// <summary>
    /// Ends the text. "If the end of the containing block (or document) is reached and no closing code fence has been found, the code
    /// block contains all of the lines after the opening code fence until the end".
    /// </summary>
    public void End()
    {
        if (_state == State.Info || (_state == State.Run && _run >= MinRun)) Open();
        else if (_state != State.Code) ReleaseLine();
        FlushProse();
        if (_state != State.Code) return;
        if (_line.Length > 0) EndCodeLine();
        if (_state == State.Code) Close("");
    }

    private void Parse(ReadOnlySpan<char> text)
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

            if (_state == State.Prose)
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
            case State.Info when c == '`' && _marker == '`':
                // "If the info string comes after a backtick fence, it may not contain any backtick characters"
                ReleaseLine();
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

    /// <summary>The line does not open a block: what was held back of it is prose.</summary>
    private void ReleaseLine()
    {
        _prose.Append(_line);
        _line.Clear();
        _state = State.Prose;
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
        // "The closing code fence may be preceded by up to three spaces of indentation, and may be followed only by spaces or tabs",
        // "with at least as many backticks or tildes as the opening code fence"
        if (spaces <= MaxIndent && rest.Length >= _run && rest.IndexOfAnyExcept(_marker) < 0)
        {
            Close(raw);
            return;
        }

        // "If the leading code fence is preceded by N spaces of indentation, then up to N spaces of indentation are removed from each
        // line of the content"
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
    /// The server rewrites the text from an offset on. What was held back is parsed again; what was emitted stays emitted, and a block
    /// that was opened after the offset is closed.
    /// </summary>
    private void Rewind(int offset)
    {
        int start = DeliveredEnd;
        if (_state == State.Code && offset > start)
        {
            // Within a line of code: only its end decides what it is.
            _line.Length = offset - start;
            _end = offset;
            _afterCr = false;
            return;
        }

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
            if (_state != State.Prose || offset <= _lineStart) StartLine('\n');
        }
        else
        {
            _state = State.Prose; // the offset is within a line, so what follows cannot be a fence
        }

        Parse(kept);
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
        _tokens.Add(new FenceToken(FencedPartKind.Text, prose, DeliveredEnd - prose.Length, prose, ""));
    }

    private void Add(FencedPartKind kind, string raw, string text) =>
        _tokens.Add(new FenceToken(kind, raw, _end - raw.Length, text, _info));
}
