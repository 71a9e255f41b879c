using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Whether a byte of a long stream costs no more than one of a short stream, whatever the size of reads.</summary>
/// <remarks>
/// If a longer stream has larger events, as cumulative streams do, a byte of it costs less, because the constant part of each event
/// weighs less. It must not cost more.
/// </remarks>
internal sealed class LinearSection : Section
{
    private const double MaxGrowth = 1.2;
    private const int WarmUpBytes = 64 * 1024;

    private static readonly int[] ReadSizes = [64, 1_460, 16 * 1024];

    private readonly FramingReader _framing = new();
    private readonly LlmStreamReader _llmStream = new();

    public override string Name => "linear";

    public override string Title => "Linear: processor time per byte in nanoseconds, by length of the stream and size of reads";

    public override async Task RunAsync(Scale scale, Report report)
    {
        (string Row, double Growth)[] results =
        [
            .. await MeasureAsync(LongStreams.Incremental, scale.StreamSizes, scale, report),
            .. await MeasureAsync(LongStreams.Cumulative, scale.StreamSizes, scale, report),
            .. await MeasureAsync(LongStreams.OneEvent, scale.EventSizes, scale, report),
        ];
        report.Add("""
            “growth” is the cost of a byte of a longer stream divided by that of a shorter one, “noise” the interquartile range.
            """);
        (string row, double growth) = results.MaxBy(result => result.Growth);
        report.Add(Goal.AtMost($"cost per byte of a longer stream / a shorter one (worst: {row})", growth, MaxGrowth));
    }

    private async Task<IReadOnlyList<(string Row, double Growth)>> MeasureAsync(
        Func<long, SampleStream> create, IReadOnlyList<long> sizes, Scale scale, Report report)
    {
        SampleStream[] streams = [.. sizes.Select(create)];
        SampleStream warmUp = create(WarmUpBytes);
        await Rounds.WarmUpAsync([() => _framing.ReadAsync(warmUp), () => _llmStream.ReadAsync(warmUp)], scale);
        string[] headings = [.. sizes.Select(FormatSize)];
        var table = new TextTable([streams[0].Name, .. headings, "growth", "noise", .. headings.Select(size => "framing " + size)]);
        var results = new List<(string, double)>();
        foreach (int readSize in ReadSizes)
        {
            SampleStream[] candidates = [.. streams.Select(stream => stream with { ReadSize = readSize })];
            double[][] llmStream = await MeasureAsync(_llmStream, _framing, candidates, scale);
            double[][] framing = llmStream[candidates.Length..];
            llmStream = llmStream[..candidates.Length];
            double[] costs = [.. llmStream.Select(rounds => rounds.Median())];
            double growth = costs.Skip(1).Select((cost, i) => cost / costs.Take(i + 1).Min()).Max();
            string row = $"reads of {Format(readSize)} bytes";
            results.Add(($"{streams[0].Name}, {row}", growth));
            table.Add([
                row,
                .. costs.Select(FormatCost),
                Format(growth, "0.00"),
                Format(llmStream.Max(rounds => rounds.RelativeSpread()), "0 %"),
                .. framing.Select(rounds => FormatCost(rounds.Median())),
            ]);
        }

        report.Add(table);
        return results;
    }

    /// <summary>Measures nanoseconds per byte in each round: first of one reader for each stream, then of the other.</summary>
    private static async Task<double[][]> MeasureAsync(Reader first, Reader second, SampleStream[] streams, Scale scale)
    {
        (Reader Reader, SampleStream Stream)[] candidates =
            [.. new[] { first, second }.SelectMany(reader => streams.Select(stream => (reader, stream)))];
        foreach ((Reader reader, SampleStream stream) in candidates) await reader.VerifyAsync(stream);
        Func<Task>[] runs = [.. candidates.Select(candidate => (Func<Task>)(() => candidate.Reader.ReadAsync(candidate.Stream)))];
        IReadOnlyList<double[]> times = await Rounds.MeasureAsync(runs, scale);
        return [.. times.Select((rounds, i) => rounds.Select(time => time / candidates[i].Stream.Length).ToArray())];
    }

    private static string FormatSize(long bytes) => bytes >= 1024 * 1024 ? $"{bytes / (1024 * 1024)} MiB" : $"{bytes / 1024} KiB";

    private static Cell FormatCost(double nanoseconds) => Format(nanoseconds, "0.000");
}
