using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Loopback;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The time that a new process takes to its first text.</summary>
internal sealed class StartupSection : Section
{
    private const int Chunks = 20;

    public override string Name => "start";

    public override string Title => "Startup: from the start of a process to its first text, over loopback, in milliseconds";

    public override async Task RunAsync(Scale scale, Report report)
    {
        using var server = new LoopbackServer();
        string port = server.Port.ToString(CultureInfo.InvariantCulture);
        string chunks = Chunks.ToString(CultureInfo.InvariantCulture);
        string[] names = [LoopbackClient.Lines, LoopbackClient.LlmStream, LoopbackClient.OpenAIPackage];
        double[][] times = [.. names.Select(_ => new double[scale.Startups])];
        for (int round = scale.IsMeaningful ? -1 : 0; round < scale.Startups; round++)
        {
            for (int i = 0; i < names.Length; i++)
            {
                int index = (i + round + 1) % names.Length;
                long start = Stopwatch.GetTimestamp();
                using var child = new ChildProcess(ChildProgram.Start, names[index], port, chunks);
                await child.ReadLineAsync();
                if (round >= 0) times[index][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        var table = new TextTable("process", "median", "noise", "above the first");
        for (int i = 0; i < names.Length; i++)
        {
            table.Add(
                names[i],
                Format(times[i].Median(), "0.0"),
                Format(times[i].RelativeSpread(), "0 %"),
                Format(times[i].Median() - times[0].Median(), "+0.0;-0.0;0"));
        }

        report.Add(table);
        report.Add($"{scale.Startups} processes each, compiled just in time. There is no goal.");
    }
}
