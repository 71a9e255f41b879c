using System.Diagnostics;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The latency of the first text, from the server's socket to the body of the consumer's loop.</summary>
/// <remarks>Server and clients run in one process, so that they use the same clock. The clients take turns.</remarks>
internal sealed class FirstDeltaSection : Section
{
    private const double MaxMicroseconds = 50;
    private const int Chunks = 20;
    private const int WarmUps = 100;

    public override string Name => "first";

    public override string Title => "First delta: from sending the first text to the body of the loop, over loopback, in microseconds";

    public override async Task RunAsync(Scale scale, Report report)
    {
        using var server = new LoopbackServer();
        SampleStream answer = LoopbackServer.GetAnswer(Chunks);
        Uri endpoint = LoopbackServer.GetTimedEndpoint(server.Port, Chunks);
        string[] names = [LoopbackClient.Lines, LoopbackClient.LlmStream, LoopbackClient.HandWritten, LoopbackClient.OpenAIPackage];
        LoopbackClient[] clients = [.. names.Select(name => LoopbackClient.Create(name, endpoint))];
        double[][] times = [.. clients.Select(_ => new double[scale.FirstDeltas])];
        for (int round = scale.IsMeaningful ? -WarmUps : 0; round < scale.FirstDeltas; round++)
        {
            for (int i = 0; i < clients.Length; i++)
            {
                int index = (i + round + WarmUps) % clients.Length;
                double time = await MeasureAsync(clients[index], server, answer);
                if (round >= 0) times[index][round] = time;
            }
        }

        var table = new TextTable("loop", "median", "p90", "p99", "above the first");
        for (int i = 0; i < names.Length; i++)
        {
            table.Add(
                names[i],
                Format(times[i].Median(), "0.0"),
                Format(times[i].Quantile(0.9), "0.0"),
                Format(times[i].Quantile(0.99), "0.0"),
                Format(times[i].Median() - times[0].Median(), "+0.0;-0.0;0"));
        }

        report.Add(table);
        report.Add($"{scale.FirstDeltas} answers each. The first loop only finds lines; “hand-written” also parses them.");
        double difference = times[1].Median() - times[0].Median();
        report.Add(Goal.AtMost($"latency of the first delta above {LoopbackClient.Lines}", difference, MaxMicroseconds, "µs"));
    }

    private static async Task<double> MeasureAsync(LoopbackClient client, LoopbackServer server, SampleStream answer)
    {
        long first = 0;
        var totals = new ReadTotals();
        await client.ReadAsync(totals, () =>
        {
            if (first == 0) first = Stopwatch.GetTimestamp();
        });
        if (totals.Text.Length != answer.Text.Length && totals.Payload != answer.Payload)
            throw new IncorrectReadException("A client read other content than was sent.");
        return Stopwatch.GetElapsedTime(server.FirstTextSentAt, first).TotalMicroseconds;
    }
}
