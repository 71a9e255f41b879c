using System.Text;

namespace LlmStream.Benchmarks.Compare;

/// <summary>A table whose columns stand under one another: the first to the left, and those that say so; figures to the right.</summary>
internal sealed class TextTable(params string[] columns)
{
    private const string Gap = "   ";

    private readonly List<string[]> _rows = [columns];

    /// <summary>A column whose heading begins with this is aligned to the left.</summary>
    public const char Left = '<';

    public TextTable Add(params string[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    public override string ToString()
    {
        bool[] isLeft = [.. columns.Select((name, i) => i == 0 || name.StartsWith(Left))];
        string[] headings = [.. columns.Select(name => name.TrimStart(Left))];
        int[] widths = [.. columns.Select((_, i) => _rows.Skip(1).Select(row => row[i].Length).Append(headings[i].Length).Max())];
        var text = new StringBuilder();
        Line(headings);
        Line([.. widths.Select(width => new string('─', width))]);
        foreach (string[] row in _rows.Skip(1)) Line(row);
        return text.ToString();

        void Line(string[] cells) =>
            text.Append("  ").AppendLine(string.Join(Gap, cells.Select((cell, i) => isLeft[i] ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
    }
}
