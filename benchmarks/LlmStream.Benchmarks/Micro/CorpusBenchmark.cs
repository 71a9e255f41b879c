using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>The recorded streams that the OpenAI package can read too. Time and memory are for all of them.</summary>
public class CorpusBenchmark
{
    private readonly Reader _framing = new FramingReader();
    private readonly Reader _llmStream = new LlmStreamReader();
    private readonly Reader _openAI = new OpenAIPackageReader();
    private IReadOnlyList<SampleStream> _streams = [];

    [GlobalSetup]
    public async Task SetupAsync()
    {
        Corpus corpus = await Corpus.LoadAsync("openai-chat", ChatDialect.OpenAI, new OpenAIPackageReader())
            ?? throw new InvalidOperationException("There are no recorded streams in ../shared/corpus.");
        _streams = corpus.ReadByPackage;
    }

    [Benchmark(Baseline = true)]
    public Task Framing() => ReadAsync(_framing);

    [Benchmark]
    public Task LlmStream() => ReadAsync(_llmStream);

    [Benchmark]
    public Task OpenAIPackage() => ReadAsync(_openAI);

    private async Task ReadAsync(Reader reader)
    {
        foreach (SampleStream stream in _streams) await reader.ReadAsync(stream);
    }
}
