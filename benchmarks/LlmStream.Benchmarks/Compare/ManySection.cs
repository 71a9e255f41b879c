using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Many streams in one process: the memory of those that are open, and how fast they flow. The server is another process.</summary>
internal sealed class ManySection : Section
{
    private const double KilobytesAStream = 6;
    private const double TimesFaster = 3;
    private const int HeldChunks = 20;

    // Besides the connections, a process has some files open.
    private const int OtherFiles = 200;

    public override string Name => "many";

    public override string Title => "Many at once: managed memory of open streams, and chunks a second";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output) =>
        [.. await MemoryAsync(scale, output), .. await ThroughputAsync(scale, output)];

    private static async Task<IReadOnlyList<Goal>> MemoryAsync(Scale scale, TextWriter output)
    {
        int streams = Math.Min(scale.OpenStreams, OpenFiles() - OtherFiles);
        if (streams < scale.OpenStreams) output.WriteLine($"  No more than {streams} streams: {FewFiles(scale.OpenStreams)}");
        string[] names = [Client.Http, Client.LlmStream, Client.ByHand, Client.OpenAIPackage];
        double[] bytes = new double[names.Length];
        int ours = 0;
        var table = new TextTable("open streams", "streams", "bytes each", "above HttpClient", "complete");
        for (int i = 0; i < names.Length; i++)
        {
            // Each in a process of its own: nobody finds what another has left behind.
            using var server = new Child(ChildMain.Serve);
            string port = await server.ReadAsync();
            using var client = new Child(ChildMain.Hold, names[i], port, Text(HeldChunks), Text(streams));
            bytes[i] = double.Parse(await client.ReadAsync(), CultureInfo.InvariantCulture) / streams;
            server.Tell("go");
            int complete = int.Parse(await client.ReadAsync(), CultureInfo.InvariantCulture);
            if (names[i] == Client.LlmStream) ours = complete;
            table.Add(names[i], Number(streams), Number(bytes[i]), Number(bytes[i] - bytes[0], "+#,0;-#,0;0"), Number(complete));
        }

        output.WriteLine(table);
        return
        [
            Goal.Most($"managed memory of an open stream above HttpClient's, {streams:#,0} open", (bytes[1] - bytes[0]) / 1024, KilobytesAStream, "KB"),
            Goal.Least($"streams complete, of {streams:#,0}", ours, streams, "streams"),
        ];
    }

    private static async Task<IReadOnlyList<Goal>> ThroughputAsync(Scale scale, TextWriter output)
    {
        string[] names = [Client.LlmStream, Client.Http, Client.ByHand, Client.OpenAIPackage];
        var table = new TextTable("at once", "chunks each", "<who", "chunks/s", "noise", "client's processor time a chunk", "LlmStream faster by");
        List<Goal> goals = [];
        using var server = new Child(ChildMain.Serve);
        int port = int.Parse(await server.ReadAsync(), CultureInfo.InvariantCulture);
        int connections = 0;
        foreach ((int streams, int chunks) in scale.Flows)
        {
            // Each client keeps its connections for its next turn.
            connections += streams * names.Length;
            if (connections > OpenFiles() - OtherFiles)
            {
                output.WriteLine($"  Not {streams} streams at once: {FewFiles(connections)}");
                break;
            }

            Client[] clients = [.. names.Select(name => Client.Create(name, LoopbackServer.Flowing(port, chunks)))];
            (double PerSecond, double Cpu)[][] rounds = [.. clients.Select(_ => new (double, double)[scale.FlowRounds])];
            foreach (Client client in clients) await FlowAsync(client, streams, chunks);
            for (int round = 0; round < scale.FlowRounds; round++)
            {
                for (int i = 0; i < clients.Length; i++)
                {
                    int who = (i + round) % clients.Length;
                    rounds[who][round] = await FlowAsync(clients[who], streams, chunks);
                }
            }

            for (int i = 0; i < names.Length; i++)
            {
                double[] speeds = [.. rounds[i].Select(round => round.PerSecond)];
                double faster = Rounds.Ratio([.. rounds[0].Select(round => round.PerSecond)], speeds);
                table.Add(Number(streams), Number(chunks), names[i], Number(speeds.Median()), Number(speeds.Spread(), "0 %"), Number(rounds[i].Select(round => round.Cpu).Median()) + " ns", i == 0 ? "" : Number(faster, "0.0"));
                if (names[i] == Client.OpenAIPackage) goals.Add(Goal.Least($"chunks a second to those of the OpenAI package, {streams:#,0} streams at once", faster, TimesFaster));
            }
        }

        output.WriteLine(table);
        output.WriteLine("  The server, in a process of its own, takes its share of the same cores. HttpClient alone only takes the bytes.");
        return goals;
    }

    private static async Task<(double PerSecond, double Cpu)> FlowAsync(Client client, int streams, int chunks)
    {
        Tally[] tallies = [.. Enumerable.Range(0, streams).Select(_ => new Tally())];
        GC.Collect();
        long start = Stopwatch.GetTimestamp();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(tallies.Select(tally => Task.Run(() => client.ReadAsync(tally))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double nanoseconds = (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds;
        KnownStream answer = LoopbackServer.Answer(chunks);
        if (tallies.Any(tally => tally.Text.Length != answer.Text.Length && tally.Payload != answer.Length)) throw new WrongReadingException("Not every stream was read as it was sent.");
        double all = (double)streams * chunks;
        return (all / seconds, nanoseconds / all);
    }

    /// <summary>How many files a process may have open; .NET takes all that it is allowed.</summary>
    private static int OpenFiles()
    {
        const string Limits = "/proc/self/limits";
        string? line = File.Exists(Limits) ? File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal)) : null;
        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length > 4 && int.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out int hard) ? hard : int.MaxValue;
    }

    private static string FewFiles(int wanted) => $"the system allows few open files. After “ulimit -n {wanted + OtherFiles}” it allows enough.";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
