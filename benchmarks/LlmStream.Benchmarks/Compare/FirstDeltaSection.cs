using System.Diagnostics;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>How long the first text takes from the server's socket to the body of the consumer's loop.</summary>
/// <remarks>Server and clients are in one process, so that both read the same clock; the clients take turns.</remarks>
internal sealed class FirstDeltaSection : Section
{
    private const double MicrosecondsAbove = 50;
    private const int Chunks = 20;
    private const int WarmUps = 100;

    public override string Name => "first";

    public override string Title => "First delta: from the server's send of the first text to the body of the loop, over loopback, in microseconds";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        using var server = new LoopbackServer();
        KnownStream answer = LoopbackServer.Answer(Chunks);
        string[] names = [Client.Lines, Client.LlmStream, Client.ByHand, Client.OpenAIPackage];
        Client[] clients = [.. names.Select(name => Client.Create(name, LoopbackServer.Timed(server.Port, Chunks)))];
        double[][] times = [.. clients.Select(_ => new double[scale.FirstDeltas])];
        for (int i = scale.Judges ? -WarmUps : 0; i < scale.FirstDeltas; i++)
        {
            for (int turn = 0; turn < clients.Length; turn++)
            {
                int who = (turn + i + WarmUps) % clients.Length;
                double time = await MeasureAsync(clients[who], server, answer);
                if (i >= 0) times[who][i] = time;
            }
        }

        var table = new TextTable("loop", "median", "p90", "p99", "above the first");
        for (int i = 0; i < names.Length; i++)
        {
            table.Add(names[i], Number(times[i].Median(), "0.0"), Number(times[i].Quantile(0.9), "0.0"), Number(times[i].Quantile(0.99), "0.0"), Number(times[i].Median() - times[0].Median(), "+0.0;-0.0;0"));
        }

        output.WriteLine(table);
        output.WriteLine($"  {scale.FirstDeltas} answers each. The first loop only finds lines; “by hand” parses them too.");
        return [Goal.Most("the first delta comes later than a bare HttpClient + StreamReader loop has its line", times[1].Median() - times[0].Median(), MicrosecondsAbove, "µs")];
    }

    private static async Task<double> MeasureAsync(Client client, LoopbackServer server, KnownStream answer)
    {
        long first = 0;
        var tally = new Tally();
        await client.ReadAsync(tally, () =>
        {
            if (first == 0) first = Stopwatch.GetTimestamp();
        });
        if (tally.Text.Length != answer.Text.Length && tally.Payload != answer.Payload) throw new WrongReadingException("The answer was not read as it was sent.");
        return Stopwatch.GetElapsedTime(server.FirstEventSentAt, first).TotalMicroseconds;
    }
}
