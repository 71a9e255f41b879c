namespace LlmStream.Cli;

/// <summary>How a piece of text stands out from the rest, where the terminal can show it.</summary>
internal enum Ink
{
    Plain,
    Strong,
    Faint,
    Good,
    Unusual,
    Bad,
}

/// <summary>
/// Writes for a person. Nothing is wrapped, so that what is piped or copied is what was said, and nothing that comes from
/// a stream reaches the terminal but as text: there is no markup, and controls are shown, not obeyed.
/// </summary>
/// <param name="writer">Where it is written to.</param>
/// <param name="hasColours">Whether the reader is a terminal that shows colours.</param>
internal sealed class TerminalWriter(TextWriter writer, bool hasColours)
{
    private const int LabelWidth = 10;

    /// <summary>Whether the next text begins a line.</summary>
    public bool IsAtLineStart { get; private set; } = true;

    public void Line() => Put("\n");

    public void Line(string text, Ink ink = Ink.Plain) => Write(TerminalText.Line(text), ink);

    /// <summary>Text of many lines, as it is.</summary>
    public void Block(string text, Ink ink = Ink.Plain) => Write(TerminalText.Block(text), ink);

    /// <summary>A piece of a text that is still being written: no line end follows it.</summary>
    public void Piece(string text, Ink ink = Ink.Plain) => Paint(TerminalText.Block(text), ink);

    /// <summary>Ends the line, if one has been begun.</summary>
    public void EndLine()
    {
        if (!IsAtLineStart) Line();
    }

    /// <summary>Shows at once what has been written.</summary>
    public void Flush() => writer.Flush();

    /// <summary>A line across that says what comes below it.</summary>
    public void Heading(string text)
    {
        const int Width = 60;
        string line = $"── {TerminalText.Line(text)} ";
        Write(line.PadRight(Width, '─'), Ink.Faint);
    }

    /// <summary>A labelled value.</summary>
    public void Field(string label, string text, Ink ink = Ink.Plain)
    {
        Paint("  " + label.PadRight(LabelWidth), Ink.Faint);
        Write(TerminalText.Line(text), ink);
    }

    private void Write(string printable, Ink ink)
    {
        Paint(printable, ink);
        Line();
    }

    private void Paint(string printable, Ink ink)
    {
        // ECMA-48, 8.3.117 (SGR): the colours are the terminal's own, so that they suit dark and light ones.
        string code = ink switch
        {
            Ink.Strong => "1",
            Ink.Faint => "2",
            Ink.Good => "32",
            Ink.Unusual => "33",
            Ink.Bad => "1;31",
            _ => "",
        };
        if (!hasColours || code.Length == 0 || printable.Length == 0) Put(printable);
        else
        {
            writer.Write($"\u001B[{code}m");
            Put(printable);
            writer.Write("\u001B[0m");
        }
    }

    private void Put(string printable)
    {
        if (printable.Length == 0) return;
        writer.Write(printable);
        IsAtLineStart = printable[^1] == '\n';
    }
}
