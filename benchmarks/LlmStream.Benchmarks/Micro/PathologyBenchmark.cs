using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>Streams that are difficult for a reader. Time and memory are per stream: 2,000 chunks, or one event of that size.</summary>
public class PathologyBenchmark
{
    private readonly Reader _framing = new FramingReader();
    private readonly Reader _llmStream = new LlmStreamReader();
    private readonly Reader _handWritten = new HandWrittenReader();
    private readonly Reader _openAI = new OpenAIPackageReader();
    private SampleStream _stream = null!;

    [ParamsSource(nameof(Names))]
    public string Pathology { get; set; } = "";

    public static IEnumerable<string> Names => Pathologies.All.Keys;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _stream = Pathologies.All[Pathology](Pathologies.DefaultChunks);
        foreach (Reader reader in new[] { _framing, _llmStream, _handWritten, _openAI }) await reader.VerifyAsync(_stream);
    }

    [Benchmark(Baseline = true)]
    public Task Framing() => _framing.ReadAsync(_stream);

    [Benchmark]
    public Task LlmStream() => _llmStream.ReadAsync(_stream);

    [Benchmark]
    public Task HandWritten() => _handWritten.ReadAsync(_stream);

    [Benchmark]
    public Task OpenAIPackage() => _openAI.ReadAsync(_stream);
}
