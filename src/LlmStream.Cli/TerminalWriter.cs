using System.Diagnostics;

namespace LlmStream.Cli;

/// <summary>Writes text for people. It never wraps lines, and it escapes all text, since text of a stream is not trusted.</summary>
/// <param name="writer">The writer it writes to.</param>
/// <param name="useColor">Whether styles are written as escape sequences; otherwise they are ignored.</param>
internal sealed class TerminalWriter(TextWriter writer, bool useColor)
{
    private const int HeadingWidth = 60;
    private const int LabelWidth = 10;

    /// <summary>Whether the next text starts a line.</summary>
    public bool IsAtLineStart { get; private set; } = true;

    public void WriteLine() => WriteRaw("\n");

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
        if (!IsAtLineStart) WriteLine();
    }

    public void Flush() => writer.Flush();

    /// <summary>Writes a horizontal rule with a title.</summary>
    public void WriteHeading(string text) => WriteLine($"── {text} ".PadRight(HeadingWidth, '─'), TextStyle.Dim);

    /// <summary>Writes a line of a label and a value.</summary>
    public void WriteField(string label, string value, TextStyle style = TextStyle.Plain)
    {
        Debug.Assert(label.Length < LabelWidth, "The label must leave a space before the value.");
        WriteStyled("  " + label.PadRight(LabelWidth), TextStyle.Dim);
        WriteLine(value, style);
    }

    private void WriteStyled(string escaped, TextStyle style)
    {
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
        if (!useColor || parameters.Length == 0 || escaped.Length == 0)
        {
            WriteRaw(escaped);
            return;
        }

        writer.Write($"\u001B[{parameters}m");
        WriteRaw(escaped);
        writer.Write("\u001B[0m");
    }

    private void WriteRaw(string escaped)
    {
        if (escaped.Length == 0) return;
        writer.Write(escaped);
        IsAtLineStart = escaped[^1] == '\n';
    }
}
