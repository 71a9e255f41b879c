using System.Text;

namespace LlmStream.Cli;

/// <summary>Passes text on, and warns once, before the first character that the locale lacks.</summary>
/// <param name="inner">The writer to the terminal.</param>
/// <param name="error">Receives the warning.</param>
/// <param name="warning">The warning.</param>
internal sealed class LocaleWarningWriter(TextWriter inner, TextWriter error, string warning) : TextWriter
{
    private bool _hasWarned;
    private bool _isAtLineStart = true;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (!_hasWarned && value is not null && !IsShown(value))
        {
            _hasWarned = true;
            inner.Flush();
            if (!_isAtLineStart) error.WriteLine("");
            error.WriteLine($"llmstream: {warning}");
        }

        if (value is { Length: > 0 }) _isAtLineStart = value[^1] == '\n';
        inner.Write(value);
    }

    public override void Flush() => inner.Flush();

    /// <summary>Whether the encoding has all characters; ASCII alone if it is UTF-8, because then the terminal's is not known.</summary>
    private bool IsShown(string value) =>
        Ascii.IsValid(value)
        || (Encoding is not UTF8Encoding && string.Equals(Encoding.GetString(Encoding.GetBytes(value)), value, StringComparison.Ordinal));
}
