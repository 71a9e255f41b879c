using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>A chunk of each service's stream. Time and memory are of one chunk, with its share of what the stream costs.</summary>
public class ChunkBenchmark
{
    private readonly Contestant _framing = new FramingAlone();
    private readonly Contestant _llmStream = new LlmStreamReader();
    private readonly Contestant _byHand = new HandWritten();
    private readonly Contestant _openAI = new OpenAIPackage();
    private readonly Contestant _anthropic = new AnthropicPackage();
    private KnownStream _stream = null!;

    [ParamsSource(nameof(Services))]
    public string Service { get; set; } = "";

    public static IEnumerable<string> Services => ServiceStreams.All.Keys;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _stream = ServiceStreams.All[Service](ServiceStreams.DefaultChunks);
        foreach (Contestant contestant in new[] { _framing, _llmStream, _byHand, _openAI, _anthropic }.Where(one => one.Reads(_stream))) await contestant.GuardAsync(_stream);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = ServiceStreams.DefaultChunks)]
    public Task Framing() => _framing.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ServiceStreams.DefaultChunks)]
    public Task LlmStream() => _llmStream.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ServiceStreams.DefaultChunks)]
    public Task ByHand() => _byHand.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ServiceStreams.DefaultChunks)]
    public Task OpenAIPackage() => _openAI.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ServiceStreams.DefaultChunks)]
    public Task AnthropicPackage() => _anthropic.ReadAsync(_stream);
}
