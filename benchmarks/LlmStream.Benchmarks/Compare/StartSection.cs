using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Loopback;

namespace LlmStream.Benchmarks.Compare;

/// <summary>How long a fresh process takes to its first text.</summary>
internal sealed class StartSection : Section
{
    private const int Chunks = 20;

    public override string Name => "start";

    public override string Title => "Start: from the start of a process to its first text, over loopback, in milliseconds";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        using var server = new LoopbackServer();
        string[] names = [Client.Lines, Client.LlmStream, Client.OpenAIPackage];
        double[][] times = [.. names.Select(_ => new double[scale.Starts])];
        for (int round = scale.Judges ? -1 : 0; round < scale.Starts; round++)
        {
            for (int turn = 0; turn < names.Length; turn++)
            {
                int who = (turn + round + 1) % names.Length;
                long start = Stopwatch.GetTimestamp();
                using var child = new Child(ChildMain.Start, names[who], server.Port.ToString(CultureInfo.InvariantCulture), Chunks.ToString(CultureInfo.InvariantCulture));
                await child.ReadAsync();
                if (round >= 0) times[who][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        var table = new TextTable("process", "median", "noise", "above the first");
        for (int i = 0; i < names.Length; i++)
        {
            table.Add(names[i], Number(times[i].Median(), "0.0"), Number(times[i].Spread(), "0 %"), Number(times[i].Median() - times[0].Median(), "+0.0;-0.0;0"));
        }

        output.WriteLine(table);
        output.WriteLine($"  {scale.Starts} processes each, just-in-time compiled. For this there is no goal.");
        return [];
    }
}
