namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// A format in which a report is written while it is made, so that what was measured is not lost if the comparison is stopped.
/// </summary>
internal abstract class ReportFormat
{
    public abstract void Begin(MachineInfo machine);

    public abstract void BeginSection(SectionReport section);

    public abstract void Add(TextTable table);

    /// <summary>Adds a note of one or more lines.</summary>
    public abstract void Add(string note);

    /// <summary>Writes what can only be written at the end.</summary>
    /// <param name="report">The report.</param>
    /// <param name="time">The time that it took.</param>
    /// <param name="isComplete">Whether all sections were measured.</param>
    public abstract void End(Report report, TimeSpan time, bool isComplete);
}
