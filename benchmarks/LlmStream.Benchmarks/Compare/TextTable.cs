using System.Text;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// A table in plain text. The first column and those whose heading starts with <see cref="LeftAlign"/> are aligned to the left, all
/// others to the right.
/// </summary>
internal sealed class TextTable(params string[] columns)
{
    public const char LeftAlign = '<';

    private const string Gap = "   ";

    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        bool[] isLeftAligned = [.. columns.Select((column, i) => i == 0 || column.StartsWith(LeftAlign))];
        string[] headings = [.. columns.Select(column => column.TrimStart(LeftAlign))];
        int[] widths = [.. headings.Select((heading, i) => _rows.Select(row => row[i].Length).Append(heading.Length).Max())];
        var text = new StringBuilder();
        AppendRow(headings);
        AppendRow([.. widths.Select(width => new string('─', width))]);
        foreach (string[] row in _rows) AppendRow(row);
        return text.ToString();

        void AppendRow(string[] cells)
        {
            IEnumerable<string> padded =
                cells.Select((cell, i) => isLeftAligned[i] ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
            text.Append("  ").AppendLine(string.Join(Gap, padded).TrimEnd());
        }
    }
}
