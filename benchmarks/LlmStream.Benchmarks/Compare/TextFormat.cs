using System.Globalization;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Plain text, for people.</summary>
internal sealed class TextFormat(Scale scale, TextWriter output) : ReportFormat
{
    public override void Begin(MachineInfo machine) => output.WriteLine(machine);

    public override void BeginSection(SectionReport section)
    {
        output.WriteLine();
        output.WriteLine(section.Title);
        output.WriteLine();
    }

    public override void Add(TextTable table) => output.WriteLine(table);

    public override void Add(string note) => output.WriteLine("  " + note.ReplaceLineEndings(Environment.NewLine + "  "));

    public override void End(Report report, TimeSpan time, bool isComplete)
    {
        output.WriteLine();
        if (scale.IsMeaningful && report.Goals.Any()) output.WriteLine(report.CreateGoalTable());
        else if (isComplete && !scale.IsMeaningful)
            output.WriteLine("All readers read correctly. The streams are too short to evaluate the goals.");
        if (!isComplete) output.WriteLine("Not complete: the comparison was stopped.");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Scale: {scale.Name}. Time: {time.TotalSeconds:0} seconds."));
    }
}
