using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Many streams in one process: the memory of open streams, and the throughput. The server runs in a separate process.</summary>
internal sealed class ConcurrencySection : Section
{
    private const double MaxKilobytesPerStream = 6;
    private const double MinThroughputRatio = 3;
    private const int HeldChunks = 20;

    // The files that a process has open in addition to its connections.
    private const int OtherFiles = 200;

    public override string Name => "many";

    public override string Title => "Concurrency: managed memory of open streams, and chunks per second";

    public override async Task RunAsync(Scale scale, Report report)
    {
        await MeasureMemoryAsync(scale, report);
        await MeasureThroughputAsync(scale, report);
    }

    private static async Task MeasureMemoryAsync(Scale scale, Report report)
    {
        int streams = Math.Min(scale.OpenStreams, GetMaxOpenFiles() - OtherFiles);
        if (streams < scale.OpenStreams) report.Add($"Only {streams} streams: {DescribeFileLimit(scale.OpenStreams)}");
        string[] names = [LoopbackClient.Http, LoopbackClient.LlmStream, LoopbackClient.HandWritten, LoopbackClient.OpenAIPackage];
        double[] bytes = new double[names.Length];
        int llmStreamComplete = 0;
        var table = new TextTable("open streams", "streams", "bytes each", "above HttpClient", "complete");
        for (int i = 0; i < names.Length; i++)
        {
            // Separate processes, so that no client is affected by the one before it.
            using var server = new ChildProcess(ChildProgram.Serve);
            string port = await server.ReadLineAsync();
            using var client = new ChildProcess(ChildProgram.Hold, names[i], port, ToText(HeldChunks), ToText(streams));
            bytes[i] = double.Parse(await client.ReadLineAsync(), CultureInfo.InvariantCulture) / streams;
            server.WriteLine("release");
            int complete = int.Parse(await client.ReadLineAsync(), CultureInfo.InvariantCulture);
            if (names[i] == LoopbackClient.LlmStream) llmStreamComplete = complete;
            table.Add(names[i], Format(streams), Format(bytes[i]), Format(bytes[i] - bytes[0], "+#,0;-#,0;0"), Format(complete));
        }

        report.Add(table);
        double kilobytes = (bytes[1] - bytes[0]) / 1024;
        report.Add(
            Goal.AtMost($"managed memory of each of {streams:#,0} open streams above HttpClient", kilobytes, MaxKilobytesPerStream, "KB"));
        report.Add(Goal.AtLeast($"complete streams out of {streams:#,0}", llmStreamComplete, streams, "streams"));
    }

    private static async Task MeasureThroughputAsync(Scale scale, Report report)
    {
        string[] names = [LoopbackClient.LlmStream, LoopbackClient.Http, LoopbackClient.HandWritten, LoopbackClient.OpenAIPackage];
        var table = new TextTable(
            "streams", "chunks each", "<client", "chunks/s", "noise", "client's processor time per chunk", "LlmStream / client");
        using var server = new ChildProcess(ChildProgram.Serve);
        int port = int.Parse(await server.ReadLineAsync(), CultureInfo.InvariantCulture);
        int connections = 0;
        foreach ((int streams, int chunks) in scale.Concurrency)
        {
            // Each client keeps its connections open for its next turn.
            connections += streams * names.Length;
            if (connections > GetMaxOpenFiles() - OtherFiles)
            {
                report.Add($"Without {streams} concurrent streams: {DescribeFileLimit(connections)}");
                break;
            }

            Uri endpoint = LoopbackServer.GetAtOnceEndpoint(port, chunks);
            LoopbackClient[] clients = [.. names.Select(name => LoopbackClient.Create(name, endpoint))];
            var rounds = new (double ChunksPerSecond, double Nanoseconds)[clients.Length][];
            for (int i = 0; i < clients.Length; i++) rounds[i] = new (double, double)[scale.ThroughputRounds];
            foreach (LoopbackClient client in clients) await MeasureAsync(client, streams, chunks);
            for (int round = 0; round < scale.ThroughputRounds; round++)
            {
                for (int i = 0; i < clients.Length; i++)
                {
                    int index = (i + round) % clients.Length;
                    rounds[index][round] = await MeasureAsync(clients[index], streams, chunks);
                }
            }

            double[][] throughputs = [.. rounds.Select(client => client.Select(round => round.ChunksPerSecond).ToArray())];
            for (int i = 0; i < names.Length; i++)
            {
                double ratio = Rounds.MedianRatio(throughputs[0], throughputs[i]);
                table.Add(
                    Format(streams),
                    Format(chunks),
                    names[i],
                    Format(throughputs[i].Median()),
                    Format(throughputs[i].RelativeSpread(), "0 %"),
                    Format(rounds[i].Select(round => round.Nanoseconds).Median(), unit: " ns"),
                    i == 0 ? "" : Format(ratio, "0.0"));
                if (names[i] == LoopbackClient.OpenAIPackage)
                    report.Add(Goal.AtLeast($"throughput of LlmStream / OpenAI package, {streams:#,0} streams", ratio, MinThroughputRatio));
            }
        }

        report.Add(table);
        report.Add("The server, a separate process, uses the same cores. HttpClient only receives the bytes.");
    }

    private static async Task<(double ChunksPerSecond, double Nanoseconds)> MeasureAsync(LoopbackClient client, int streams, int chunks)
    {
        ReadTotals[] totals = [.. Enumerable.Range(0, streams).Select(_ => new ReadTotals())];
        GC.Collect();
        long start = Stopwatch.GetTimestamp();
        TimeSpan processorTime = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(totals.Select(stream => Task.Run(() => client.ReadAsync(stream))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double nanoseconds = (Environment.CpuUsage.TotalTime - processorTime).TotalNanoseconds;
        SampleStream answer = LoopbackServer.GetAnswer(chunks);
        if (totals.Any(stream => stream.Text.Length != answer.Text.Length && stream.Payload != answer.Length))
            throw new IncorrectReadException("A client read other content than was sent.");
        double allChunks = (double)streams * chunks;
        return (allChunks / seconds, nanoseconds / allChunks);
    }

    /// <summary>The number of files that a process may open. .NET raises its soft limit to the hard limit.</summary>
    private static int GetMaxOpenFiles()
    {
        const string Limits = "/proc/self/limits";
        string? line = File.Exists(Limits)
            ? File.ReadLines(Limits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            : null;
        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        const int HardLimit = 4; // after "Max open files" and the soft limit; may be "unlimited"
        return words.Length > HardLimit && int.TryParse(words[HardLimit], NumberStyles.None, CultureInfo.InvariantCulture, out int limit)
            ? limit
            : int.MaxValue;
    }

    private static string DescribeFileLimit(int connections) =>
        $"the limit of open files is too low; “ulimit -n {connections + OtherFiles}” raises it.";

    private static string ToText(int number) => number.ToString(CultureInfo.InvariantCulture);
}
