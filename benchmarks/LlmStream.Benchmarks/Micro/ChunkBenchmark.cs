using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>The streams of each provider. Time and memory are per chunk, including its share of the cost of a stream.</summary>
public class ChunkBenchmark
{
    private readonly Reader _framing = new FramingReader();
    private readonly Reader _llmStream = new LlmStreamReader();
    private readonly Reader _handWritten = new HandWrittenReader();
    private readonly Reader _openAI = new OpenAIPackageReader();
    private readonly Reader _anthropic = new AnthropicPackageReader();
    private SampleStream _stream = null!;

    [ParamsSource(nameof(Providers))]
    public string Provider { get; set; } = "";

    public static IEnumerable<string> Providers => ProviderStreams.All.Keys;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _stream = ProviderStreams.All[Provider](ProviderStreams.DefaultChunks);
        foreach (Reader reader in new[] { _framing, _llmStream, _handWritten, _openAI, _anthropic })
        {
            if (reader.CanRead(_stream)) await reader.VerifyAsync(_stream);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = ProviderStreams.DefaultChunks)]
    public Task Framing() => _framing.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ProviderStreams.DefaultChunks)]
    public Task LlmStream() => _llmStream.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ProviderStreams.DefaultChunks)]
    public Task HandWritten() => _handWritten.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ProviderStreams.DefaultChunks)]
    public Task OpenAIPackage() => _openAI.ReadAsync(_stream);

    [Benchmark(OperationsPerInvoke = ProviderStreams.DefaultChunks)]
    public Task AnthropicPackage() => _anthropic.ReadAsync(_stream);
}
