using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Running;
using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Micro;

/// <summary>BenchmarkDotNet's own settings, but that nobody is asked to read what he cannot.</summary>
internal static class MicroConfig
{
    public static IConfig Create() => DefaultConfig.Instance
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddFilter(new SimpleFilter(CanRead))
        .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "BenchmarkDotNet.Artifacts"));

    private static bool CanRead(BenchmarkCase benchmark) =>
        benchmark.Parameters.Items.FirstOrDefault(item => item.Name == nameof(ChunkBenchmark.Service))?.Value is not string service
        || Contestant(benchmark.Descriptor.WorkloadMethod.Name).Reads(ServiceStreams.All[service](1));

    private static Contestant Contestant(string method) => method switch
    {
        nameof(ChunkBenchmark.Framing) => new FramingAlone(),
        nameof(ChunkBenchmark.ByHand) => new HandWritten(),
        nameof(ChunkBenchmark.OpenAIPackage) => new OpenAIPackage(),
        nameof(ChunkBenchmark.AnthropicPackage) => new AnthropicPackage(),
        _ => new LlmStreamReader(),
    };
}
