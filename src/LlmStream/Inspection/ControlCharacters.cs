namespace LlmStream.Inspection;

/// <summary>Counts the characters with which text can control a terminal or misrepresent itself.</summary>
internal static class ControlCharacters
{
    /// <summary>The number of control characters, except tabs, LF, and CR LF; and of characters that change the layout of text.</summary>
    public static int Count(string text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool isControl = text[i] switch
            {
                '\n' or '\t' => false,
                '\r' => i + 1 == text.Length || text[i + 1] != '\n',
                // Line and paragraph separators; directional embeddings, overrides and isolates (UAX #9).
                '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') => true,
                var c => char.IsControl(c),
            };
            if (isControl) count++;
        }

        return count;
    }
}
