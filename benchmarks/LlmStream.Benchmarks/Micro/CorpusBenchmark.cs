using BenchmarkDotNet.Attributes;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>The recorded streams that the OpenAI package reads too, each from its beginning to its end. Time and memory are of all of them.</summary>
public class CorpusBenchmark
{
    private readonly Contestant _framing = new FramingAlone();
    private readonly Contestant _llmStream = new LlmStreamReader();
    private readonly Contestant _openAI = new OpenAIPackage();
    private IReadOnlyList<KnownStream> _streams = [];

    [GlobalSetup]
    public async Task SetupAsync()
    {
        Corpus corpus = await Corpus.LoadAsync() ?? throw new InvalidOperationException("The recorded streams (../shared/corpus) are not beside this clone.");
        _streams = corpus.ReadByOpenAIPackage;
    }

    [Benchmark(Baseline = true)]
    public Task Framing() => ReadAsync(_framing);

    [Benchmark]
    public Task LlmStream() => ReadAsync(_llmStream);

    [Benchmark]
    public Task OpenAIPackage() => ReadAsync(_openAI);

    private async Task ReadAsync(Contestant contestant)
    {
        foreach (KnownStream stream in _streams) await contestant.ReadAsync(stream);
    }
}
