using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace LlmStream.Benchmarks.Micro;

/// <summary>Runs the classes of BenchmarkDotNet benchmarks by name.</summary>
internal static class MicroCommand
{
    public const string All = "all";

    public static IReadOnlyDictionary<string, (Type Type, string Description)> Benchmarks { get; } = new Dictionary<string, (Type, string)>
    {
        ["chunks"] = (typeof(ChunkBenchmark), "the cost of a chunk of each provider's stream"),
        ["corpus"] = (typeof(CorpusBenchmark), "the recorded streams, if ../shared/corpus exists"),
        ["linear"] = (typeof(LinearBenchmark), "streams of increasing length, in reads of three sizes"),
        ["pathologies"] = (typeof(PathologyBenchmark), "one-byte reads, a huge event, escapes, many choices, many comments, …"),
    };

    public static bool IsName(string name) => name == All || Benchmarks.ContainsKey(name);

    /// <param name="name">The name of a class, or <see cref="All"/>.</param>
    /// <param name="options">Options of BenchmarkDotNet, such as <c>--job short</c> or <c>--filter *OpenAI*</c>.</param>
    /// <returns>0, or 1 if a benchmark failed.</returns>
    public static int Run(string name, string[] options)
    {
        Type[] types = [.. Benchmarks.Where(benchmark => name == All || benchmark.Key == name).Select(benchmark => benchmark.Value.Type)];
        Summary[] summaries = [.. types.Select(type => BenchmarkRunner.Run(type, MicroConfig.Create(), options))];
        return summaries.All(HasSucceeded) ? 0 : 1;
    }

    private static bool HasSucceeded(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.Length > 0 && summary.Reports.All(report => report.Success);
}
