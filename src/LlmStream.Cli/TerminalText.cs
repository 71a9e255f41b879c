using System.Globalization;
using System.Text;

namespace LlmStream.Cli;

/// <summary>
/// Escapes untrusted text for a terminal: characters that would move the cursor, change colors, reorder text or hide in it are shown as
/// visible symbols.
/// </summary>
internal static class TerminalText
{
    /// <summary>Escapes text that must stay on one line: line endings, tabs, and characters that are not visible too.</summary>
    public static string EscapeLine(string text) => Escape(text, isMultiline: false);

    /// <summary>Escapes text of any number of lines. Tabs stay, and every line ending becomes LF.</summary>
    public static string EscapeText(string text) => Escape(text, isMultiline: true);

    /// <summary>Escapes the characters in the strings of a JSON text that are not visible, as JSON does: the value is the same.</summary>
    public static string EscapeJson(string json)
    {
        if (!json.Any(IsInvisible)) return json;
        var escaped = new StringBuilder(json.Length + 16);
        for (int i = 0; i < json.Length; i++)
        {
            char c = json[i];
            if (MustEscape(json, i, isMultiline: false)) escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else escaped.Append(c);
        }

        return escaped.ToString();
    }

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
            // Emoji and some scripts need them between visible characters, and text in these scripts has marks of direction.
            '\u200C' or '\u200D' or '\u200E' or '\u200F' or '\u061C' => !isMultiline,
            // The halves of tag characters (U+E0000 to U+E007F), which also belong to the emoji of some flags.
            '\uDB40' => !isMultiline,
            _ when index > 0 && text[index - 1] == '\uDB40' => !isMultiline,
            _ => IsInvisible(c),
        };
    }

    /// <summary>
    /// Whether a character is a control, or changes the direction or the joining of text without being visible: embeddings, overrides,
    /// isolates and marks (UAX #9), which can make text read differently from what it is; and characters of no width.
    /// </summary>
    private static bool IsInvisible(char c) => c switch
    {
        '\u00AD' or '\u061C' or '\u180E' or '\uFEFF' or '\uDB40' => true,
        >= '\u200B' and <= '\u200F' => true,
        >= '\u2028' and <= '\u202E' => true,
        >= '\u2060' and <= '\u206F' => true,
        >= '\uFFF9' and <= '\uFFFB' => true,
        _ => char.IsControl(c),
    };
}
