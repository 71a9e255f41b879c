using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Running;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>The default configuration of BenchmarkDotNet, without the combinations that a reader does not support.</summary>
internal static class MicroConfig
{
    public static IConfig Create() => DefaultConfig.Instance
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddFilter(new SimpleFilter(IsSupported))
        .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "BenchmarkDotNet.Artifacts"));

    private static bool IsSupported(BenchmarkCase benchmark)
    {
        object? provider = benchmark.Parameters.Items.FirstOrDefault(item => item.Name == nameof(ChunkBenchmark.Provider))?.Value;
        return provider is not string name || CreateReader(benchmark.Descriptor.WorkloadMethod.Name).CanRead(ProviderStreams.All[name](1));
    }

    private static Reader CreateReader(string method) => method switch
    {
        nameof(ChunkBenchmark.Framing) => new FramingReader(),
        nameof(ChunkBenchmark.HandWritten) => new HandWrittenReader(),
        nameof(ChunkBenchmark.OpenAIPackage) => new OpenAIPackageReader(),
        nameof(ChunkBenchmark.AnthropicPackage) => new AnthropicPackageReader(),
        _ => new LlmStreamReader(),
    };
}
