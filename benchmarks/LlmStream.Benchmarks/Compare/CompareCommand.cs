using System.Diagnostics;
using System.Runtime.InteropServices;
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
    /// failed. 2 if the arguments are invalid. 130 if it was stopped by Ctrl+C, and 143 by SIGTERM.
    /// </returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter errors)
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

        ReportFormat output = format switch
        {
            "--json" => new JsonFormat(scale, Console.OpenStandardOutput(), errors),
            "--markdown" => new MarkdownFormat(sections, scale, Console.Out, errors),
            _ => new TextFormat(scale, Console.Out),
        };
        return await RunAsync(sections.Count == 0 ? Sections : sections, scale, new Report(output), errors);
    }

    private static async Task<int> RunAsync(IReadOnlyList<Section> sections, Scale scale, Report report, TextWriter errors)
    {
        var stopped = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration interrupt = StopOn(PosixSignal.SIGINT, 130);
        using PosixSignalRegistration terminate = StopOn(PosixSignal.SIGTERM, 143);
        long start = Stopwatch.GetTimestamp();
        report.Begin(MachineInfo.Create(TimeProvider.System));
        // On another thread, because a section may run for minutes before it first waits.
        Task<int> measuring = Task.Run(() => MeasureAsync(sections, scale, report, errors));
        int exitCode = await await Task.WhenAny(measuring, stopped.Task);
        report.End(Stopwatch.GetElapsedTime(start), isComplete: exitCode == 0);
        return exitCode;

        PosixSignalRegistration StopOn(PosixSignal signal, int code) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult(code);
        });
    }

    private static async Task<int> MeasureAsync(IReadOnlyList<Section> sections, Scale scale, Report report, TextWriter errors)
    {
        try
        {
            foreach (Section section in sections)
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

        return 0;
    }
}
