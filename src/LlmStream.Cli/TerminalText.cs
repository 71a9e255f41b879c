using System.Globalization;
using System.Text;

namespace LlmStream.Cli;

/// <summary>
/// Escapes untrusted text for a terminal: characters that would move the cursor, change colors or reorder text are shown as visible
/// symbols.
/// </summary>
internal static class TerminalText
{
    /// <summary>Escapes text that must stay on one line: line endings and tabs too.</summary>
    public static string EscapeLine(string text) => Escape(text, isMultiline: false);

    /// <summary>Escapes text of any number of lines. Tabs stay, and every line ending becomes LF.</summary>
    public static string EscapeText(string text) => Escape(text, isMultiline: true);

    private static string Escape(string text, bool isMultiline)
    {
        int i = 0;
        while (i < text.Length && !MustEscape(text, i, isMultiline) && text[i] != '\r') i++;
        if (i == text.Length) return text;

        var escaped = new StringBuilder(text, 0, i, text.Length + 16);
        for (; i < text.Length; i++)
        {
            char c = text[i];
            if (!MustEscape(text, i, isMultiline))
            {
                if (c != '\r') escaped.Append(c); // the CR of CR LF is dropped
            }
            else if (c <= '\u001F') escaped.Append((char)('\u2400' + c)); // U+2400 to U+241F are the symbols for C0 controls
            else if (c == '\u007F') escaped.Append('\u2421');
            else escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return escaped.ToString();
    }

    private static bool MustEscape(string text, int index, bool isMultiline)
    {
        char c = text[index];
        return c switch
        {
            '\n' or '\t' => !isMultiline,
            '\r' => !(isMultiline && index + 1 < text.Length && text[index + 1] == '\n'),
            // Line and paragraph separators; directional embeddings, overrides and isolates (UAX #9), which can make text read
            // differently from what it is.
            '\u2028' or '\u2029' => true,
            >= '\u202A' and <= '\u202E' => true,
            >= '\u2066' and <= '\u2069' => true,
            _ => char.IsControl(c),
        };
    }
}
