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

    private readonly List<Cell[]> _rows = [];

    public IReadOnlyList<string> Headings { get; } = [.. columns.Select(column => column.TrimStart(LeftAlign))];

    public IReadOnlyList<Cell[]> Rows => _rows;

    public void Add(params Cell[] cells) => _rows.Add(cells);

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendRow(Headings);
        AppendRow(columns.Select((_, i) => IsLeftAligned(i) ? "---" : "---:"));
        foreach (Cell[] row in _rows) AppendRow(row.Select(cell => cell.Text));
        return text.ToString();

        void AppendRow(IEnumerable<string> cells) =>
            text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    public override string ToString()
    {
        int[] widths = [.. Headings.Select((heading, i) => _rows.Select(row => row[i].Text.Length).Append(heading.Length).Max())];
        var text = new StringBuilder();
        AppendRow(Headings);
        AppendRow(widths.Select(width => new string('─', width)));
        foreach (Cell[] row in _rows) AppendRow(row.Select(cell => cell.Text));
        return text.ToString();

        void AppendRow(IEnumerable<string> cells)
        {
            IEnumerable<string> padded = cells.Select((cell, i) => IsLeftAligned(i) ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]));
            text.Append("  ").AppendLine(string.Join(Gap, padded).TrimEnd());
        }
    }

    private bool IsLeftAligned(int column) => column == 0 || columns[column].StartsWith(LeftAlign);
}
