using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Reading;

namespace LlmStream.Benchmarks.Compare;

/// <summary><c>compare [section…] [--full | --smoke]</c>: the figures side by side with the goals.</summary>
internal static class CompareCommand
{
    public const string Name = "compare";

    public static IReadOnlyList<Section> Sections { get; } = [new ChunkSection(), new PathologySection(), new LinearSection(), new FirstDeltaSection(), new ManySection(), new StartSection()];

    /// <returns>0, also where a goal is not reached: that is for people to judge, and machines are noisy. 1 where a contestant read
    /// something else than was there, or a process of its own failed; 2 where the arguments are wrong.</returns>
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
                errors.WriteLine($"compare knows no “{argument}”. Its sections are {string.Join(", ", Sections.Select(known => known.Name))}; its options --full and --smoke.");
                return 2;
            }
        }

        long start = Stopwatch.GetTimestamp();
        output.WriteLine(Machine.Describe(TimeProvider.System));
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
        catch (Exception e) when (e is WrongReadingException or InvalidOperationException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }

        output.WriteLine();
        if (scale.Judges && goals.Count > 0) output.WriteLine(Verdicts(goals));
        if (!scale.Judges) output.WriteLine("Everyone read what was there. So few chunks say nothing of their cost: no goal is judged.");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A {scale.Name} run, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} seconds."));
        return 0;
    }

    private static TextTable Verdicts(IEnumerable<Goal> goals)
    {
        var table = new TextTable("goal", "asked", "measured", "<");
        foreach (Goal goal in goals) table.Add(goal.What, goal.Asked, goal.Result, goal.Verdict);
        return table;
    }
}
