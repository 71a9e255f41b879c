using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Loopback;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The time that a new process takes to its first text.</summary>
internal sealed class StartupSection : Section
{
    private const double MaxRatio = 1;
    private const int Chunks = 20;

    private static readonly string[] Names =
    [
        LoopbackClient.Lines, LoopbackClient.LlmStream, LoopbackClient.OpenAIPackage, LoopbackClient.ChatClient,
        LoopbackClient.OpenAIChatClient,
    ];

    public override string Name => "start";

    public override string Title => "Startup: from the start of a process to its first text, over loopback, in milliseconds";

    public override async Task RunAsync(Scale scale, Report report)
    {
        using var server = new LoopbackServer();
        string port = server.Port.ToString(CultureInfo.InvariantCulture);
        var elapsed = new double[Names.Length][];
        var processor = new double[Names.Length][];
        for (int i = 0; i < Names.Length; i++) (elapsed[i], processor[i]) = (new double[scale.Startups], new double[scale.Startups]);
        for (int round = scale.IsMeaningful ? -1 : 0; round < scale.Startups; round++)
        {
            for (int i = 0; i < Names.Length; i++)
            {
                int index = (i + round + 1) % Names.Length;
                (double time, double processorTime) = await StartAsync(Names[index], port);
                if (round >= 0) (elapsed[index][round], processor[index][round]) = (time, processorTime);
            }
        }

        var table = new TextTable("process", "median", "noise", "above the first", "processor time");
        for (int i = 0; i < Names.Length; i++)
        {
            table.Add(
                Names[i],
                Format(elapsed[i].Median(), "0.0"),
                Format(elapsed[i].RelativeSpread(), "0 %"),
                Format(elapsed[i].Median() - elapsed[0].Median(), "+0.0;-0.0;0"),
                Format(processor[i].Median(), "0.0"));
        }

        report.Add(table);
        report.Add($"{scale.Startups} processes each, compiled just in time. The goals are medians of the ratios of each round.");
        AddGoal(LoopbackClient.LlmStream, LoopbackClient.OpenAIPackage);
        AddGoal(LoopbackClient.ChatClient, LoopbackClient.OpenAIChatClient);

        void AddGoal(string name, string package)
        {
            double ratio = Rounds.MedianRatio(elapsed[Array.IndexOf(Names, name)], elapsed[Array.IndexOf(Names, package)]);
            report.Add(Goal.AtMost($"{name} / {package}", ratio, MaxRatio));
        }
    }

    /// <summary>Starts a process.</summary>
    /// <returns>The time to its first text, and the processor time that it has spent until then, in milliseconds.</returns>
    private static async Task<(double Elapsed, double Processor)> StartAsync(string client, string port)
    {
        long start = Stopwatch.GetTimestamp();
        using var child = new ChildProcess(ChildProgram.Start, client, port, Chunks.ToString(CultureInfo.InvariantCulture));
        string microseconds = await child.ReadLineAsync();
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return (elapsed, double.Parse(microseconds, CultureInfo.InvariantCulture) / 1_000);
    }
}
