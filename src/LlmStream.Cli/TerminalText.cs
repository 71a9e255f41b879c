using System.Globalization;
using System.Text;

namespace LlmStream.Cli;

/// <summary>
/// Text from outside, made fit for a terminal: what would move the cursor, change colours or turn the reading direction
/// is shown instead of done.
/// </summary>
internal static class TerminalText
{
    /// <summary>The text on one line: line ends and tabs are shown too.</summary>
    public static string Line(string text) => Escape(text, isBlock: false);

    /// <summary>The text as it is, over as many lines as it has; line ends become LF.</summary>
    public static string Block(string text) => Escape(text, isBlock: true);

    /// <summary>How many characters of the text are shown in another form than their own.</summary>
    public static int CountHidden(string text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (IsHarmful(text, i, isBlock: true)) count++;
        }

        return count;
    }

    private static string Escape(string text, bool isBlock)
    {
        int i = 0;
        while (i < text.Length && !IsHarmful(text, i, isBlock) && text[i] != '\r') i++;
        if (i == text.Length) return text;

        var shown = new StringBuilder(text, 0, i, text.Length + 16);
        for (; i < text.Length; i++)
        {
            char c = text[i];
            if (!IsHarmful(text, i, isBlock))
            {
                if (c != '\r') shown.Append(c); // before an LF
            }
            else if (c <= '\u001F') shown.Append((char)('\u2400' + c)); // U+2400 … are the pictures of the controls
            else if (c == '\u007F') shown.Append('\u2421');
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return shown.ToString();
    }

    private static bool IsHarmful(string text, int index, bool isBlock)
    {
        char c = text[index];
        return c switch
        {
            '\n' or '\t' => !isBlock,
            '\r' => !(isBlock && index + 1 < text.Length && text[index + 1] == '\n'),
            // Line separators, and the marks by which text can be made to read otherwise than it is.
            '\u2028' or '\u2029' => true,
            >= '\u202A' and <= '\u202E' => true,
            >= '\u2066' and <= '\u2069' => true,
            _ => char.IsControl(c),
        };
    }
}
