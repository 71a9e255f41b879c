namespace LlmStream.Benchmarks.Compare;

/// <summary>What the sections report. It is written as far as the format allows, and kept for the end.</summary>
/// <remarks>Thread-safe, because the report may be ended while a section is being measured.</remarks>
internal sealed class Report(ReportFormat format)
{
    private readonly List<SectionReport> _sections = [];
    private readonly Lock _lock = new();
    private bool _hasEnded;

    public IReadOnlyList<SectionReport> Sections => _sections;

    public IEnumerable<Goal> Goals => _sections.SelectMany(section => section.Goals);

    public void Begin(MachineInfo machine) => format.Begin(machine);

    public void Begin(Section section) => Change(() =>
    {
        _sections.Add(new SectionReport(section.Name, section.Title));
        format.BeginSection(_sections[^1]);
    });

    public void Add(TextTable table) => Change(() =>
    {
        _sections[^1].Items.Add(table);
        format.Add(table);
    });

    /// <summary>Adds a note of one or more lines.</summary>
    public void Add(string note) => Change(() =>
    {
        _sections[^1].Items.Add(note);
        format.Add(note);
    });

    public void Add(Goal goal) => Change(() => _sections[^1].Goals.Add(goal));

    /// <summary>Ends the report. What is added afterwards is ignored.</summary>
    /// <param name="time">The time that it took.</param>
    /// <param name="isComplete">Whether all sections were measured.</param>
    public void End(TimeSpan time, bool isComplete) => Change(() =>
    {
        _hasEnded = true;
        format.End(this, time, isComplete);
    });

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

    private void Change(Action change)
    {
        lock (_lock)
        {
            if (!_hasEnded) change();
        }
    }
}

/// <summary>What one section reports: tables and notes, in order, and goals.</summary>
internal sealed record SectionReport(string Name, string Title)
{
    /// <summary>Each a <see cref="TextTable"/> or a note.</summary>
    public List<object> Items { get; } = [];

    public List<Goal> Goals { get; } = [];
}
