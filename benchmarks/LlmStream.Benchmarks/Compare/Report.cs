namespace LlmStream.Benchmarks.Compare;

/// <summary>What the sections report. It is written as text at once, and kept for other formats.</summary>
/// <param name="output">Where it is written as text; null if nowhere.</param>
internal sealed class Report(TextWriter? output)
{
    private readonly List<SectionReport> _sections = [];

    public IReadOnlyList<SectionReport> Sections => _sections;

    public IEnumerable<Goal> Goals => _sections.SelectMany(section => section.Goals);

    public void Begin(Section section)
    {
        _sections.Add(new SectionReport(section.Name, section.Title));
        output?.WriteLine();
        output?.WriteLine(section.Title);
        output?.WriteLine();
    }

    public void Add(TextTable table)
    {
        _sections[^1].Items.Add(table);
        output?.WriteLine(table);
    }

    /// <summary>Adds a note of one or more lines.</summary>
    public void Add(string note)
    {
        _sections[^1].Items.Add(note);
        output?.WriteLine("  " + note.ReplaceLineEndings(Environment.NewLine + "  "));
    }

    public void Add(Goal goal) => _sections[^1].Goals.Add(goal);

    public TextTable CreateGoalTable()
    {
        var table = new TextTable("section", "<value", "goal", "measured", "<");
        foreach (SectionReport section in _sections)
        {
            foreach (Goal goal in section.Goals)
                table.Add(section.Name, goal.Description, goal.FormattedBound, goal.FormattedMeasured, goal.Verdict);
        }

        return table;
    }
}

/// <summary>What one section reports: tables and notes, in order, and goals.</summary>
internal sealed record SectionReport(string Name, string Title)
{
    /// <summary>Each a <see cref="TextTable"/> or a note.</summary>
    public List<object> Items { get; } = [];

    public List<Goal> Goals { get; } = [];
}
