using System.Net;
using System.Text;

namespace LlmStream.Dialects;

/// <summary>Shows the start of a body in a message: as text in one line, as the title of a web page, or as hexadecimal bytes.</summary>
internal static class BodyQuote
{
    private const int MaxLength = 200;
    private const int MaxTitleLength = 120;
    private const int MaxBinaryLength = 16;

    /// <summary>The start of some bytes in one line.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        bool isLonger = bytes.Length > MaxLength;
        ReadOnlySpan<byte> start = isLonger ? TrimPartialCharacter(bytes[..MaxLength]) : bytes;
        string text = Encoding.UTF8.GetString(start);
        if (IsBinary(text)) return $"(binary data, hex {Convert.ToHexString(bytes[..Math.Min(MaxBinaryLength, bytes.Length)])}…)";
        string quoted = ToLine(text.Trim());
        return isLonger ? quoted + "…" : quoted;
    }

    /// <summary>The title of a web page, marked as such; else the start of the bytes.</summary>
    public static string Summarize(ReadOnlySpan<byte> bytes) =>
        FindTitle(bytes) is { } title ? $"HTML page \"{title}\"" : Quote(bytes);

    /// <summary>A sentence, without its period, that says how a body begins, or that it is a web page with a title.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes) =>
        FindTitle(bytes) is { } title ? $"It is an HTML page with the title \"{title}\"" : $"It begins: {Quote(bytes)}";

    /// <summary>The title of an HTML page in one line, without character references; null if there is none.</summary>
    public static string? FindTitle(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> page = bytes.TrimStart("\uFEFF \t\r\n"u8);
        if (page.IsEmpty || page[0] != (byte)'<') return null;
        string text = Encoding.UTF8.GetString(page);
        int tag = text.IndexOf("<title", StringComparison.OrdinalIgnoreCase);
        int start = tag < 0 ? -1 : text.IndexOf('>', tag) + 1;
        if (start <= 0) return null;
        int end = text.IndexOf("</title", start, StringComparison.OrdinalIgnoreCase);
        string content = WebUtility.HtmlDecode(end < 0 ? text[start..] : text[start..end]);
        string title = ToLine(string.Join(' ', content.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        if (title.Length == 0) return null;
        if (title.Length <= MaxTitleLength) return title;
        int length = char.IsHighSurrogate(title[MaxTitleLength - 1]) ? MaxTitleLength - 1 : MaxTitleLength;
        return title[..length] + "…";
    }

    private static string ToLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (char c in text) line.Append(char.IsControl(c) ? ' ' : c);
        return line.ToString();
    }

    /// <summary>Whether more than a quarter of a text are characters that text does not have.</summary>
    private static bool IsBinary(string text)
    {
        int odd = text.Count(static c => c == '\uFFFD' || (char.IsControl(c) && c is not ('\t' or '\r' or '\n')));
        return odd > 2 && odd * 4 > text.Length;
    }

    private static ReadOnlySpan<byte> TrimPartialCharacter(ReadOnlySpan<byte> bytes)
    {
        for (int length = 1; length <= 3 && length <= bytes.Length; length++)
        {
            byte b = bytes[^length];
            if (b < 0x80) break;
            if (b < 0xC0) continue; // a continuation byte
            int needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
            return needed > length ? bytes[..^length] : bytes;
        }

        return bytes;
    }
}
