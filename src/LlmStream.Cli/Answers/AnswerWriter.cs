using System.Diagnostics;

namespace LlmStream.Cli.Answers;

/// <summary>
/// Writes an answer as it arrives. On a terminal everything is written to one place. When piped, the text is written unchanged to the
/// pipe, and everything else for the user.
/// </summary>
/// <param name="display">Receives everything that the user sees.</param>
/// <param name="pipe">Receives the text of the answer and nothing else; null if the text belongs on the display.</param>
/// <param name="showSeamsInline">Whether seams are shown within the text rather than on a separate line.</param>
internal sealed class AnswerWriter(TerminalWriter display, TextWriter? pipe, bool showSeamsInline)
{
    private Section _section;
    private int _length;
    private string? _provider; // of the last delta
    private string _pendingCarriageReturn = "";

    private enum Section
    {
        None,
        Reasoning,
        Refusal,
        Text,
    }

    /// <summary>The style of the text from now on.</summary>
    public TextStyle TextStyle { get; set; }

    /// <summary>Whether the provider withdrew text that is in the pipe already, so that the pipe does not contain the answer.</summary>
    public bool IsPipeWrong { get; private set; }

    /// <summary>Writes a delta and flushes it.</summary>
    public void Write(ChatDelta delta)
    {
        if (delta.ChoiceIndex != 0) return;
        if (delta.Seam is { } seam) WriteSeam(seam);
        _provider = delta.Stream.Provider;
        if (delta.Reasoning.Length > 0) WriteToDisplay(Section.Reasoning, delta.Reasoning);
        if (delta.Refusal.Length > 0) WriteToDisplay(Section.Refusal, delta.Refusal);
        if (delta.Text.Length > 0) WriteText(delta);
        display.Flush();
    }

    /// <summary>Ends the current line of the display.</summary>
    public void EndLine()
    {
        WritePending();
        display.EndLine();
        display.Flush();
    }

    private void WriteText(ChatDelta delta)
    {
        if (delta.TextOffset < _length) WriteWithdrawal(_length - delta.TextOffset);
        _length = delta.TextOffset + delta.Text.Length;
        if (pipe is null)
        {
            WriteToDisplay(Section.Text, delta.Text);
            return;
        }

        pipe.Write(delta.Text);
        pipe.Flush();
    }

    private void WriteWithdrawal(int characters)
    {
        IsPipeWrong = pipe is not null;
        WriteMark($"the provider withdrew the last {DisplayText.Count(characters, "character")}");
    }

    private void WriteSeam(ChatSeam seam)
    {
        string reason = seam.Reason switch
        {
            ChatStreamError.Connection => "connection lost",
            ChatStreamError.Truncated => "stream truncated",
            ChatStreamError.IdleTimeout or ChatStreamError.StalledTimeout => "timed out",
            ChatStreamError.ProviderError => "provider error",
            var other => other.ToString(),
        };
        string where = seam.Provider is { } name && _provider is not null && name != _provider ? $" by {name}" : "";
        WriteMark($"{reason}; {(seam.Kind == ChatSeamKind.Restarted ? "restarted" : "resumed")}{where}");
    }

    private void WriteMark(string mark)
    {
        WritePending();
        if (!showSeamsInline) display.EndLine();
        display.Write($"⟨{mark}⟩", TextStyle.Dim);
        if (!showSeamsInline) display.WriteLine();
    }

    private void WriteToDisplay(Section section, string text)
    {
        Debug.Assert(text.Length > 0, "An empty piece starts no section.");
        if (section != _section)
        {
            EndLine();
            if (_section == Section.Reasoning && pipe is null) display.WriteLine();
            _section = section;
        }

        // Whether a CR belongs to a CR LF is not known before the next piece.
        text = _pendingCarriageReturn + text;
        _pendingCarriageReturn = text[^1] == '\r' ? "\r" : "";
        display.Write(text[..^_pendingCarriageReturn.Length], GetStyle(section));
    }

    private void WritePending()
    {
        display.Write(_pendingCarriageReturn, GetStyle(_section));
        _pendingCarriageReturn = "";
    }

    private TextStyle GetStyle(Section section) => section switch
    {
        Section.Reasoning => TextStyle.Dim,
        Section.Refusal => TextStyle.Warning,
        _ => TextStyle,
    };
}
