using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>Streams that are hard on a reader. Time and memory are of the whole stream: 2,000 chunks, or one event of as many bytes.</summary>
public class PathologyBenchmark
{
    private readonly Contestant _framing = new FramingAlone();
    private readonly Contestant _llmStream = new LlmStreamReader();
    private readonly Contestant _byHand = new HandWritten();
    private readonly Contestant _openAI = new OpenAIPackage();
    private KnownStream _stream = null!;

    [ParamsSource(nameof(Names))]
    public string Pathology { get; set; } = "";

    public static IEnumerable<string> Names => Pathologies.All.Keys;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _stream = Pathologies.All[Pathology](Pathologies.DefaultChunks);
        foreach (Contestant contestant in new[] { _framing, _llmStream, _byHand, _openAI }) await contestant.GuardAsync(_stream);
    }

    [Benchmark(Baseline = true)]
    public Task Framing() => _framing.ReadAsync(_stream);

    [Benchmark]
    public Task LlmStream() => _llmStream.ReadAsync(_stream);

    [Benchmark]
    public Task ByHand() => _byHand.ReadAsync(_stream);

    [Benchmark]
    public Task OpenAIPackage() => _openAI.ReadAsync(_stream);
}
