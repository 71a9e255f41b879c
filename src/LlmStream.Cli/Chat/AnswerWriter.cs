namespace LlmStream.Cli.Chat;

/// <summary>
/// Shows an answer while it is being written. On a terminal all of it stands in one place; under a pipe the text goes into
/// the pipe as it is, and everything else to the page.
/// </summary>
/// <param name="page">Where everything goes that is shown to a person.</param>
/// <param name="pipe">Where the text goes, as it is and nothing else; null where a person reads it on the page.</param>
/// <param name="hasSeamInLine">Whether a seam is shown in the middle of the text, and not on a line of its own.</param>
internal sealed class AnswerWriter(TerminalWriter page, TextWriter? pipe, bool hasSeamInLine)
{
    private Part _part;
    private int _length;
    private string _held = "";

    private enum Part
    {
        Nothing,
        Reasoning,
        Refusal,
        Text,
    }

    /// <summary>How the text stands out, from the next piece on.</summary>
    public Ink TextInk { get; set; }

    /// <summary>Whether text that has gone into the pipe was taken back by the provider: what is there is not the answer.</summary>
    public bool IsPipeWrong { get; private set; }

    /// <summary>Shows a step of the answer at once.</summary>
    public void Write(ChatDelta delta)
    {
        if (delta.ChoiceIndex != 0) return;
        if (delta.Seam is { } seam) WriteSeam(seam);
        if (delta.Reasoning is { Length: > 0 } reasoning) WriteOnPage(Part.Reasoning, reasoning, Ink.Faint);
        if (delta.Refusal is { Length: > 0 } refusal) WriteOnPage(Part.Refusal, refusal, Ink.Unusual);
        if (delta.Text.Length > 0) WriteText(delta);
        page.Flush();
    }

    /// <summary>Ends the answer; what follows on the page begins a line.</summary>
    public void End()
    {
        page.Piece(_held, InkOf(_part));
        _held = "";
        page.EndLine();
        page.Flush();
    }

    private void WriteText(ChatDelta delta)
    {
        if (delta.TextOffset < _length) WriteTakenBack(_length - delta.TextOffset);
        _length = delta.TextOffset + delta.Text.Length;
        if (pipe is null)
        {
            WriteOnPage(Part.Text, delta.Text, TextInk);
            return;
        }

        pipe.Write(delta.Text);
        pipe.Flush();
    }

    private void WriteTakenBack(int characters)
    {
        IsPipeWrong = pipe is not null;
        WriteMark($"the provider took back the last {characters} characters");
    }

    private void WriteSeam(ChatSeam seam)
    {
        string what = seam.Reason switch
        {
            ChatStreamError.Connection => "connection lost",
            ChatStreamError.Truncated => "cut off",
            ChatStreamError.IdleTimeout or ChatStreamError.StalledTimeout => "fell silent",
            ChatStreamError.ProviderError => "provider's error",
            var other => other.ToString(),
        };
        WriteMark($"{what}; {(seam.Kind == ChatSeamKind.Restarted ? "the answer starts over" : "going on")}");
    }

    private void WriteMark(string mark)
    {
        page.Piece(_held, InkOf(_part));
        _held = "";
        if (!hasSeamInLine) page.EndLine();
        page.Piece($"⟨{mark}⟩", Ink.Faint);
        if (!hasSeamInLine) page.Line();
    }

    private void WriteOnPage(Part part, string text, Ink ink)
    {
        if (part != _part)
        {
            End();
            if (_part == Part.Reasoning && pipe is null) page.Line();
            _part = part;
        }

        // Whether a CR is half of a line end is known with the next piece.
        text = _held + text;
        _held = text[^1] == '\r' ? "\r" : "";
        page.Piece(text[..^_held.Length], ink);
    }

    private Ink InkOf(Part part) => part switch
    {
        Part.Reasoning => Ink.Faint,
        Part.Refusal => Ink.Unusual,
        _ => TextInk,
    };
}
