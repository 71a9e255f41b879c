using System.Globalization;
using LlmStream.AspNetCore;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// What it costs a web backend to relay a chunk from the provider to a browser, with many streams at once. Provider, backend and browsers
/// are separate processes; the processor time is that of the backend.
/// </summary>
internal sealed class RelaySection : Section
{
    private const double MaxCostRatio = 0.5;
    private const int WarmUpRounds = 3;

    public override string Name => "relay";

    public override string Title => "Relay: processor time of a web backend per relayed chunk";

    public override async Task RunAsync(Scale scale, Report report)
    {
        string[] relays = [RelayServer.OpenAIPackage, .. ChatWire.All.Select(wire => wire.Name)];
        var table = new TextTable("relay", "streams", "chunks each", "<speed", "time per chunk", "/ OpenAI package", "complete");
        foreach ((string mode, int chunks) in new[]
        {
            (LoopbackServer.AtOnce, scale.Relay.Chunks), (LoopbackServer.Paced, scale.Relay.PacedChunks),
        })
        {
            (double Microseconds, int Complete)[] measured = await MeasureAsync(relays, mode, chunks, scale);
            for (int i = 0; i < relays.Length; i++)
            {
                double ratio = measured[i].Microseconds / measured[0].Microseconds;
                table.Add(
                    relays[i],
                    Format(scale.Relay.Streams),
                    Format(chunks),
                    mode,
                    Format(measured[i].Microseconds, "0.0", " µs"),
                    i == 0 ? "" : Format(ratio, "0.00"),
                    Format(measured[i].Complete));
                // At a steady rate, receiving and sending one packet per chunk dominates the cost of every relay.
                if (i > 0 && mode == LoopbackServer.AtOnce)
                    report.Add(Goal.AtMost($"time per chunk of the wire {relays[i]} / OpenAI package", ratio, MaxCostRatio));
            }
        }

        report.Add(table);
        report.Add("The provider and the browsers, separate processes, use the same cores.");
    }

    private static async Task<(double Microseconds, int Complete)[]> MeasureAsync(
        string[] relays, string mode, int chunks, Scale scale)
    {
        var rounds = new (double Microseconds, int Complete)[relays.Length][];
        using var provider = new ChildProcess(ChildProgram.Serve);
        string port = await provider.ReadLineAsync();
        for (int i = 0; i < relays.Length; i++)
        {
            using var backend = new ChildProcess(ChildProgram.Relay, relays[i], port, mode, chunks.ToString(CultureInfo.InvariantCulture));
            var address = new Uri($"http://127.0.0.1:{await backend.ReadLineAsync()}/chat");
            using var browser = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            // Connections are opened, and the code is compiled in its final form.
            for (int warmUp = 0; warmUp < WarmUpRounds; warmUp++) await ReadAllAsync(browser, address, scale.Relay.Streams);
            rounds[i] = new (double, int)[scale.ThroughputRounds];
            for (int round = 0; round < scale.ThroughputRounds; round++)
            {
                double before = await ProcessorTimeAsync(backend);
                int complete = await ReadAllAsync(browser, address, scale.Relay.Streams);
                double spent = await ProcessorTimeAsync(backend) - before;
                rounds[i][round] = (spent / ((double)scale.Relay.Streams * chunks), complete);
            }

            if (rounds[i].Any(round => round.Complete != scale.Relay.Streams))
                throw new IncorrectReadException($"{relays[i]} did not relay all streams to their end.");
        }

        return [.. rounds.Select(relay => (relay.Select(round => round.Microseconds).Median(), relay.Min(round => round.Complete)))];
    }

    private static async Task<double> ProcessorTimeAsync(ChildProcess backend)
    {
        backend.WriteLine("");
        return double.Parse(await backend.ReadLineAsync(), CultureInfo.InvariantCulture);
    }

    /// <returns>How many responses were read to their end, with status 200.</returns>
    private static async Task<int> ReadAllAsync(HttpClient browser, Uri address, int streams)
    {
        bool[] complete = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(async () =>
        {
            using HttpResponseMessage response = await browser.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            await using Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[16 * 1024];
            long length = 0;
            int count;
            while ((count = await body.ReadAsync(buffer)) > 0) length += count;
            return response.IsSuccessStatusCode && length > 0;
        })));
        return complete.Count(isComplete => isComplete);
    }
}
