namespace LlmStream.Benchmarks.Compare;

/// <summary>The chapter “Results” of <c>benchmarks/README.md</c>, which is its last.</summary>
/// <param name="sections">The sections that were requested; empty if all are measured.</param>
/// <param name="scale">How much is measured.</param>
/// <param name="output">Receives the chapter.</param>
/// <param name="progress">Receives a line for each section when it begins.</param>
internal sealed class MarkdownFormat(IReadOnlyList<Section> sections, Scale scale, TextWriter output, TextWriter progress) : ReportFormat
{
    public override void Begin(MachineInfo machine)
    {
        output.WriteLine("## Results");
        output.WriteLine();
        string names = string.Concat(sections.Select(section => " " + section.Name));
        output.WriteLine($"`compare{names}{(scale == Scale.Quick ? "" : " --" + scale.Name)}` on");
        output.WriteLine();
        foreach (string line in machine.ToString().Split('\n')) output.WriteLine($"* {line.Trim()}");
    }

    public override void BeginSection(SectionReport section)
    {
        progress.WriteLine(section.Title);
        output.WriteLine();
        output.WriteLine($"### `{section.Name}`: {section.Title}");
    }

    public override void Add(TextTable table)
    {
        output.WriteLine();
        output.Write(table.ToMarkdown());
    }

    public override void Add(string note)
    {
        output.WriteLine();
        output.WriteLine(note);
    }

    public override void End(Report report, TimeSpan time, bool isComplete)
    {
        if (!isComplete) Add("Not complete: the comparison was stopped.");
        if (!report.Goals.Any()) return;
        output.WriteLine();
        output.WriteLine("### Goals");
        output.WriteLine();
        output.Write(report.CreateGoalTable().ToMarkdown());
    }
}
