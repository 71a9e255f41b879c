using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>Streams of growing length, in reads of three sizes. Time and memory are of the whole stream.</summary>
public class LinearBenchmark
{
    private const int MiB = 1024 * 1024;

    private readonly Contestant _framing = new FramingAlone();
    private readonly Contestant _llmStream = new LlmStreamReader();
    private KnownStream _stream = null!;

    [Params("increments", "cumulative", "one event")]
    public string Shape { get; set; } = "";

    [Params(1, 8)]
    public int Mebibytes { get; set; }

    [Params(64, 1_460, 16 * 1024)]
    public int ReadSize { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        long bytes = (long)Mebibytes * MiB;
        KnownStream stream = Shape switch
        {
            "increments" => LongStreams.Increments(bytes),
            "cumulative" => LongStreams.Cumulative(bytes),
            _ => LongStreams.OneEvent(bytes),
        };
        _stream = stream with { ReadSize = ReadSize };
        await _framing.GuardAsync(_stream);
        await _llmStream.GuardAsync(_stream);
    }

    [Benchmark(Baseline = true)]
    public Task Framing() => _framing.ReadAsync(_stream);

    [Benchmark]
    public Task LlmStream() => _llmStream.ReadAsync(_stream);
}
