using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Compare;

/// <summary><c>compare [section…] [--full | --smoke]</c>: compares LlmStream with other readers and with the goals.</summary>
internal static class CompareCommand
{
    public const string Name = "compare";

    public static IReadOnlyList<Section> Sections { get; } =
    [
        new ChunkSection(),
        new PathologySection(),
        new LinearSection(),
        new FirstDeltaSection(),
        new ConcurrencySection(),
        new RelaySection(),
        new KeptSection(),
        new StartupSection(),
    ];

    /// <returns>
    /// 0, even if a goal is not reached, since machines are noisy and people must judge. 1 if a reader read incorrectly or a child process
    /// failed. 2 if the arguments are invalid.
    /// </returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        Scale scale = Scale.Quick;
        List<Section> sections = [];
        foreach (string argument in arguments)
        {
            if (argument is "--full") scale = Scale.Full;
            else if (argument is "--smoke") scale = Scale.Smoke;
            else if (Sections.FirstOrDefault(section => section.Name == argument) is { } section) sections.Add(section);
            else
            {
                string names = string.Join(", ", Sections.Select(known => known.Name));
                errors.WriteLine($"compare: unknown argument “{argument}”; expected a section ({names}), --full or --smoke");
                return 2;
            }
        }

        long start = Stopwatch.GetTimestamp();
        output.WriteLine(MachineInfo.Describe(TimeProvider.System));
        List<Goal> goals = [];
        try
        {
            foreach (Section section in sections.Count == 0 ? Sections : sections)
            {
                output.WriteLine();
                output.WriteLine(section.Title);
                output.WriteLine();
                goals.AddRange(await section.RunAsync(scale, output));
            }
        }
        catch (Exception e) when (e is IncorrectReadException or InvalidOperationException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }

        output.WriteLine();
        if (!scale.IsMeaningful) output.WriteLine("All readers read correctly. The streams are too short to evaluate the goals.");
        else if (goals.Count > 0) output.WriteLine(CreateTable(goals));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Scale: {scale.Name}. Time: {seconds:0} seconds."));
        return 0;
    }

    private static TextTable CreateTable(IEnumerable<Goal> goals)
    {
        var table = new TextTable("value", "goal", "measured", "<");
        foreach (Goal goal in goals) table.Add(goal.Description, goal.FormattedBound, goal.FormattedMeasured, goal.Verdict);
        return table;
    }
}
