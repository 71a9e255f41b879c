using System.Globalization;
using System.Text;

namespace LlmStream.Cli;

/// <summary>
/// Wraps text that arrives in pieces at the width of the terminal, between words. A word is held back until it has ended, because
/// only then it is known whether it fits; CJK characters and emoji are words of their own.
/// </summary>
/// <remarks>Invariant: the columns of what was returned since the last line ending are <c>_column</c>.</remarks>
/// <param name="getWidth">Returns the width, or null if lines are not to be wrapped.</param>
internal sealed class LineWrapper(Func<int?> getWidth)
{
    private const int TabWidth = 8;

    private readonly StringBuilder _word = new();
    private int _wordWidth;
    private int _spaces; // before the word
    private int _column;

    /// <summary>The number of columns by which lines are indented that continue another.</summary>
    public int Indent { get; set; }

    /// <summary>Wraps a piece of text.</summary>
    /// <param name="text">The text, escaped.</param>
    /// <returns>What can be written now.</returns>
    public string Add(string text)
    {
        if (getWidth() is not { } width) return TakeWord(int.MaxValue) + text;
        var result = new StringBuilder(text.Length + 8);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int length = StringInfo.GetNextTextElementLength(rest);
            AddElement(rest[..length], width, result);
            rest = rest[length..];
        }

        return result.ToString();
    }

    /// <summary>Returns what is held back.</summary>
    public string Flush() => TakeWord(getWidth() ?? int.MaxValue);

    private void AddElement(ReadOnlySpan<char> element, int width, StringBuilder result)
    {
        switch (element)
        {
            case "\n" or "\r\n":
                result.Append(TakeWord(width)).Append('\n');
                (_column, _spaces) = (0, 0);
                return;
            case "\t":
                result.Append(TakeWord(width));
                _spaces += TabWidth - ((_column + _spaces) % TabWidth);
                return;
            case " ":
                result.Append(TakeWord(width));
                _spaces++;
                return;
        }

        int elementWidth = TextWidth.Of(element);
        bool isTooLong = _wordWidth + elementWidth > width;
        if (_word.Length > 0 && (isTooLong || TextWidth.CanBreak(LastElement(), element))) result.Append(TakeWord(width));
        _word.Append(element);
        _wordWidth += elementWidth;
    }

    private ReadOnlySpan<char> LastElement()
    {
        string word = _word.ToString();
        int last = 0;
        for (int i = 0; i < word.Length; i += StringInfo.GetNextTextElementLength(word, i)) last = i;
        return word.AsSpan(last);
    }

    /// <summary>Returns the word and the spaces before it; on a new line, and without them, if it does not fit.</summary>
    private string TakeWord(int width)
    {
        string result = "";
        if (_word.Length == 0) return result;
        if (_column + _spaces + _wordWidth > width && _column > 0)
        {
            int indent = Indent + _wordWidth <= width ? Indent : 0;
            result = "\n" + new string(' ', indent);
            (_column, _spaces) = (indent, 0);
        }

        result += new string(' ', _spaces) + _word;
        _column += _spaces + _wordWidth;
        _word.Clear();
        (_wordWidth, _spaces) = (0, 0);
        return result;
    }
}
