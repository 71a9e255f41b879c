using System.Diagnostics;

namespace LlmStream.Cli;

/// <summary>
/// Writes text for people, and wraps its lines at the width of a terminal. It escapes all text, since text of a stream is not trusted.
/// </summary>
internal sealed class TerminalWriter
{
    private const int HeadingWidth = 60;
    private const int LabelWidth = 10;
    private const int NarrowWidth = 40; // the value of a field begins a line of its own below it

    private readonly TextWriter _writer;
    private readonly bool _useColor;
    private readonly Func<int?> _getWidth;
    private readonly LineWrapper _wrapper;
    private TextStyle _heldStyle; // of what the wrapper holds back

    /// <param name="writer">The writer it writes to.</param>
    /// <param name="useColor">Whether styles are written as escape sequences; otherwise they are ignored.</param>
    /// <param name="getWidth">Returns the width of the terminal; null, or a function that returns null, if lines are not wrapped.</param>
    public TerminalWriter(TextWriter writer, bool useColor, Func<int?>? getWidth = null)
    {
        _writer = writer;
        _useColor = useColor;
        _getWidth = getWidth ?? (static () => null);
        _wrapper = new LineWrapper(_getWidth);
    }

    /// <summary>Returns a style to the terminal's own, after an interrupt.</summary>
    public const string Reset = "\u001B[0m";

    /// <summary>Whether the next text starts a line.</summary>
    public bool IsAtLineStart { get; private set; } = true;

    public void WriteLine() => WriteStyled("\n", TextStyle.Plain);

    /// <summary>Writes one line; line endings in the text are escaped.</summary>
    public void WriteLine(string text, TextStyle style = TextStyle.Plain)
    {
        WriteStyled(TerminalText.EscapeLine(text), style);
        WriteLine();
    }

    /// <summary>Writes text of any number of lines, and a line ending after it.</summary>
    public void WriteText(string text, TextStyle style = TextStyle.Plain)
    {
        Write(text, style);
        WriteLine();
    }

    /// <summary>Writes text of any number of lines, and no line ending after it.</summary>
    public void Write(string text, TextStyle style = TextStyle.Plain) => WriteStyled(TerminalText.EscapeText(text), style);

    /// <summary>Ends the current line, if it is not empty.</summary>
    public void EndLine()
    {
        WriteHeld();
        if (!IsAtLineStart) WriteLine();
    }

    /// <summary>Passes on what was written, except a word that has not ended.</summary>
    public void Flush() => _writer.Flush();

    /// <summary>Writes a horizontal rule with a title.</summary>
    public void WriteHeading(string text) =>
        WriteLine($"── {text} ".PadRight(Math.Min(HeadingWidth, _getWidth() ?? HeadingWidth), '─'), TextStyle.Dim);

    /// <summary>Writes a line of a label and a value.</summary>
    public void WriteField(string label, string value, TextStyle style = TextStyle.Plain)
    {
        Debug.Assert(label.Length < LabelWidth, "The label must leave a space before the value.");
        bool isNarrow = _getWidth() < NarrowWidth;
        _wrapper.Indent = isNarrow ? 4 : 2 + LabelWidth;
        if (!isNarrow) WriteStyled("  " + label.PadRight(LabelWidth), TextStyle.Dim);
        else if (label.Length > 0) WriteLine("  " + label, TextStyle.Dim);
        if (isNarrow) WriteStyled("    ", style);
        WriteLine(value, style);
        _wrapper.Indent = 0;
    }

    private void WriteStyled(string escaped, TextStyle style)
    {
        if (escaped.Length == 0) return;
        if (style != _heldStyle) WriteHeld();
        _heldStyle = style;
        WriteRaw(_wrapper.Add(escaped), style);
        IsAtLineStart = escaped[^1] == '\n';
    }

    private void WriteHeld() => WriteRaw(_wrapper.Flush(), _heldStyle);

    // In one call, so that an interrupt does not leave the style of the terminal changed.
    private void WriteRaw(string escaped, TextStyle style)
    {
        if (escaped.Length == 0) return;
        // SGR parameters (ECMA-48, 8.3.117). The palette is the terminal's, so that it suits dark and light backgrounds.
        string parameters = style switch
        {
            TextStyle.Bold => "1",
            TextStyle.Dim => "2",
            TextStyle.Success => "32",
            TextStyle.Warning => "33",
            TextStyle.Error => "1;31",
            _ => "",
        };
        _writer.Write(_useColor && parameters.Length > 0 ? $"\u001B[{parameters}m{escaped}{Reset}" : escaped);
    }
}
