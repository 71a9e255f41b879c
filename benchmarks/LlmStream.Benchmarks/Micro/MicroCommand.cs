using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace LlmStream.Benchmarks.Micro;

/// <summary>BenchmarkDotNet's classes by name.</summary>
internal static class MicroCommand
{
    public const string All = "all";

    public static IReadOnlyDictionary<string, (Type Type, string What)> Benchmarks { get; } = new Dictionary<string, (Type, string)>
    {
        ["chunks"] = (typeof(ChunkBenchmark), "what a chunk of each service's stream costs"),
        ["corpus"] = (typeof(CorpusBenchmark), "the recorded streams, where ../shared/corpus is beside the clone"),
        ["linear"] = (typeof(LinearBenchmark), "longer and longer streams, in reads of three sizes"),
        ["pathologies"] = (typeof(PathologyBenchmark), "one-byte reads, a huge event, escapes, 64 choices, endless comments, envelopes that change"),
    };

    /// <param name="name">One of them, or <see cref="All"/>.</param>
    /// <param name="options">BenchmarkDotNet's own: <c>--job short</c>, <c>--filter *OpenAI*</c>.</param>
    /// <returns>0, or 1 where a benchmark could not be run.</returns>
    public static int Run(string name, string[] options)
    {
        Type[] types = [.. Benchmarks.Where(pair => name == All || pair.Key == name).Select(pair => pair.Value.Type)];
        Summary[] summaries = [.. types.Select(type => BenchmarkRunner.Run(type, MicroConfig.Create(), options))];
        return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Length == 0 || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
    }
}
