using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// <c>compare [section…] [--full | --smoke] [--json | --markdown]</c>: compares LlmStream with other readers and with the goals.
/// </summary>
internal static class CompareCommand
{
    public const string Name = "compare";

    public static IReadOnlyList<Section> Sections { get; } =
    [
        new TextSection(),
        new ToolSection(),
        new ChatClientSection(),
        new ShortSection(),
        new ChunkSection(),
        new PathologySection(),
        new LinearSection(),
        new FirstDeltaSection(),
        new ConcurrencySection(),
        new WireSection(),
        new RelaySection(),
        new KeptSection(),
        new StartupSection(),
        new NodeSection(),
    ];

    /// <returns>
    /// 0, even if a goal is not reached, since machines are noisy and people must judge. 1 if a reader read incorrectly or a child process
    /// failed. 2 if the arguments are invalid.
    /// </returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        Scale scale = Scale.Quick;
        string? format = null;
        List<Section> sections = [];
        foreach (string argument in arguments)
        {
            if (argument is "--full") scale = Scale.Full;
            else if (argument is "--smoke") scale = Scale.Smoke;
            else if (argument is "--json" or "--markdown") format = argument;
            else if (Sections.FirstOrDefault(section => section.Name == argument) is { } section) sections.Add(section);
            else
            {
                string names = string.Join(", ", Sections.Select(known => known.Name));
                errors.WriteLine(
                    $"compare: unknown argument “{argument}”; expected a section ({names}), --full, --smoke, --json or --markdown");
                return 2;
            }
        }

        long start = Stopwatch.GetTimestamp();
        var machine = MachineInfo.Create(TimeProvider.System);
        var report = new Report(format is null ? output : null);
        if (format is null) output.WriteLine(machine);
        try
        {
            foreach (Section section in sections.Count == 0 ? Sections : sections)
            {
                report.Begin(section);
                await section.RunAsync(scale, report);
            }
        }
        catch (Exception e) when (e is IncorrectReadException or InvalidOperationException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }

        switch (format)
        {
            case "--json":
                await using (Stream bytes = Console.OpenStandardOutput()) ReportFormats.WriteJson(report, machine, scale, bytes);
                break;
            case "--markdown":
                ReportFormats.WriteMarkdown(report, machine, scale, output);
                break;
            default:
                output.WriteLine();
                if (!scale.IsMeaningful) output.WriteLine("All readers read correctly. The streams are too short to evaluate the goals.");
                else if (report.Goals.Any()) output.WriteLine(report.CreateGoalTable());
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Scale: {scale.Name}. Time: {seconds:0} seconds."));
                break;
        }

        return 0;
    }
}
