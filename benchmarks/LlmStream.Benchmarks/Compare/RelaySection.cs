using System.Globalization;
using LlmStream.AspNetCore;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// What it costs a web backend to relay a chunk from the provider to a browser, with one and with many streams at once. Provider, backends
/// and browsers are separate processes; the processor time is that of the backend. Backends take turns.
/// </summary>
internal sealed class RelaySection : Section
{
    private const double MaxPackageRatio = 0.5;
    private const double MaxProxyRatio = 1.5;
    private const int WarmUpRounds = 4;
    private const int WarmUpStreams = 50;
    private const int WarmUpChunks = 500;
    private const int PacedWarmUpChunks = 250;

    public override string Name => "relay";

    public override string Title => "Relay: processor time of a web backend per relayed chunk";

    public override async Task RunAsync(Scale scale, Report report)
    {
        using var provider = new ChildProcess(ChildProgram.Serve);
        string port = await provider.ReadLineAsync();
        List<Backend> backends = [];
        try
        {
            string[] wires = [.. ChatWire.All.Select(wire => wire.Name)];
            foreach (string name in (string[])[RelayServer.OpenAIPackage, RelayServer.ReverseProxy, RelayServer.CopyLoop, .. wires])
                backends.Add(await Backend.StartAsync(name, port));
            if (scale.IsMeaningful) await WarmUpAsync(backends);
            await RunAsync(backends, scale, report);
        }
        finally
        {
            foreach (Backend backend in backends) backend.Dispose();
        }
    }

    private static async Task RunAsync(IReadOnlyList<Backend> backends, Scale scale, Report report)
    {
        const int Package = 0, Proxy = 1, FirstWire = 3;
        var table = new TextTable(
            "relay", "streams", "chunks each", "<speed", "time per chunk", "/ OpenAI package", "/ YARP", "noise");
        foreach ((int streams, int chunks, int pacedChunks, int pace) in scale.Relay)
        {
            foreach (bool isPaced in new[] { false, true })
            {
                string mode = isPaced ? LoopbackServer.GetPacedMode(pace) : LoopbackServer.AtOnce;
                int count = isPaced ? pacedChunks : chunks;
                double[][] times = await MeasureAsync(backends, mode, streams, count, scale);
                double[] toPackage = [.. times.Select(time => Rounds.MedianRatio(time, times[Package]))];
                double[] toProxy = [.. times.Select(time => Rounds.MedianRatio(time, times[Proxy]))];
                for (int i = 0; i < backends.Count; i++)
                {
                    table.Add(
                        backends[i].Name,
                        Format(streams),
                        Format(count),
                        isPaced ? $"a flush every {pace} ms" : mode,
                        Format(times[i].Median(), "0.0", " µs"),
                        Format(toPackage[i], "0.00"),
                        Format(toProxy[i], "0.00"),
                        Format(times[i].RelativeSpread(), "0 %"));
                }

                double[] ratios = isPaced ? toProxy : toPackage;
                int worst = Enumerable.Range(FirstWire, backends.Count - FirstWire).MaxBy(i => ratios[i]);
                string load = streams == 1 ? "1 stream" : $"{Format(streams)} streams";
                report.Add(isPaced
                    ? Goal.AtMost($"{load}, one event a flush: {backends[worst].Name} / YARP", ratios[worst], MaxProxyRatio)
                    : Goal.AtMost($"{load}: {backends[worst].Name} / OpenAI package", ratios[worst], MaxPackageRatio));
            }
        }

        report.Add(table);
        report.Add("""
            The provider and the browsers, separate processes, use the same cores. “at-once”: the provider sends as fast as it can, so that
            YARP and the loop copy many chunks at a time. One event a flush costs every backend a receive and a send for each chunk, and
            waking up in between. The goals are about the worst wire.
            """);
    }

    private static async Task WarmUpAsync(IReadOnlyList<Backend> backends)
    {
        // In turns, so that the JIT compiler, which works in the background, is done with a backend before it is measured.
        for (int i = 0; i < WarmUpRounds; i++)
        {
            foreach (Backend backend in backends)
            {
                await backend.ReadAllAsync(LoopbackServer.AtOnce, WarmUpStreams, WarmUpChunks);
                await backend.ReadAllAsync(LoopbackServer.GetPacedMode(1), WarmUpStreams, PacedWarmUpChunks);
            }
        }
    }

    /// <summary>Measures microseconds per chunk, by backend and round.</summary>
    private static async Task<double[][]> MeasureAsync(
        IReadOnlyList<Backend> backends, string mode, int streams, int chunks, Scale scale)
    {
        double[][] times = [.. backends.Select(_ => new double[scale.ThroughputRounds])];
        for (int round = scale.IsMeaningful ? -1 : 0; round < scale.ThroughputRounds; round++)
        {
            for (int i = 0; i < backends.Count; i++)
            {
                int index = (i + round + 1) % backends.Count;
                double time = await backends[index].MeasureAsync(mode, streams, chunks);
                if (round >= 0) times[index][round] = time; // the first opens connections
            }
        }

        return times;
    }

    private sealed class Backend(string name, ChildProcess process) : IDisposable
    {
        private readonly HttpClient _browser = new() { Timeout = Timeout.InfiniteTimeSpan };
        private Uri? _address;

        public string Name => name;

        public static async Task<Backend> StartAsync(string name, string provider)
        {
            var backend = new Backend(name, new ChildProcess(ChildProgram.Relay, name, provider));
            backend._address = new Uri($"http://127.0.0.1:{await backend.ReadLineAsync()}/chat/");
            return backend;
        }

        public async Task<double> MeasureAsync(string mode, int streams, int chunks)
        {
            double before = await ReadProcessorTimeAsync();
            await ReadAllAsync(mode, streams, chunks);
            return (await ReadProcessorTimeAsync() - before) / ((double)streams * chunks);
        }

        /// <exception cref="IncorrectReadException">A response is not complete.</exception>
        public async Task ReadAllAsync(string mode, int streams, int chunks)
        {
            var address = new Uri(_address!, string.Create(CultureInfo.InvariantCulture, $"{mode}/{chunks}"));
            int[] events = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(() => CountEventsAsync(address))));
            // The first chunk has no text, and the last ones need not become events.
            if (events.Any(count => count < chunks)) throw new IncorrectReadException($"{name} did not relay all streams to their end.");
        }

        public void Dispose()
        {
            _browser.Dispose();
            process.Dispose();
        }

        private Task<string> ReadLineAsync() => process.ReadLineAsync();

        private async Task<double> ReadProcessorTimeAsync()
        {
            process.WriteLine("");
            return double.Parse(await process.ReadLineAsync(), CultureInfo.InvariantCulture);
        }

        private async Task<int> CountEventsAsync(Uri address)
        {
            using HttpResponseMessage response = await _browser.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await using Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[16 * 1024];
            int events = 0, count;
            bool endsWithLineEnd = false;
            while ((count = await body.ReadAsync(buffer)) > 0)
            {
                // Two line ends, which may be in two reads, end an event; there are no three in a row.
                if (endsWithLineEnd && buffer[0] == '\n') events++;
                events += buffer.AsSpan(0, count).Count("\n\n"u8);
                endsWithLineEnd = buffer[count - 1] == '\n';
            }

            return events;
        }
    }
}
