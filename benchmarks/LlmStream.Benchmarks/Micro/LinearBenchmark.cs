using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>Streams of increasing length, in reads of three sizes. Time and memory are per stream.</summary>
public class LinearBenchmark
{
    private const int MiB = 1024 * 1024;

    private readonly Reader _framing = new FramingReader();
    private readonly Reader _llmStream = new LlmStreamReader();
    private SampleStream _stream = null!;

    [Params("incremental", "cumulative", "one event")]
    public string Kind { get; set; } = "";

    [Params(1, 8)]
    public int Mebibytes { get; set; }

    [Params(64, 1_460, 16 * 1024)]
    public int ReadSize { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        long bytes = (long)Mebibytes * MiB;
        SampleStream stream = Kind switch
        {
            "incremental" => LongStreams.Incremental(bytes),
            "cumulative" => LongStreams.Cumulative(bytes),
            _ => LongStreams.OneEvent(bytes),
        };
        _stream = stream with { ReadSize = ReadSize };
        await _framing.VerifyAsync(_stream);
        await _llmStream.VerifyAsync(_stream);
    }

    [Benchmark(Baseline = true)]
    public Task Framing() => _framing.ReadAsync(_stream);

    [Benchmark]
    public Task LlmStream() => _llmStream.ReadAsync(_stream);
}
