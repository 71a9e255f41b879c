using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Measures comparisons, one row of a table each, and reports the table and the goals.</summary>
internal static class Comparer
{
    public static async Task RunAsync(IReadOnlyList<Comparison> comparisons, string title, Scale scale, Report report)
    {
        bool hasReference = comparisons.Any(comparison => comparison.Reference is not null);
        var table = new TextTable(
            [
                title, "chunks", "framing", "reader", "LlmStream", "package", "<which package", "package / LlmStream", "goal",
                "LlmStream / framing", "bytes", "bytes, package", .. hasReference ? ["LlmStream / Anthropic"] : Array.Empty<string>(), "noise",
            ]);
        await WarmUpAsync(comparisons, scale);
        foreach (Comparison comparison in comparisons) await MeasureAsync(comparison, hasReference, table, scale, report);
        report.Add(table);
    }

    /// <summary>Runs all readers on the shortest streams, since methods that are called once per stream must be called often.</summary>
    private static async Task WarmUpAsync(IReadOnlyList<Comparison> comparisons, Scale scale)
    {
        foreach (Comparison comparison in comparisons)
        {
            foreach (Candidate candidate in CreateCandidates(comparison).OfType<Candidate>()) await candidate.VerifyAsync();
        }

        await Rounds.WarmUpAsync(
            [
                .. comparisons.SelectMany(comparison => CreateCandidates(comparison with
                {
                    Streams = comparison.Half is { } half ? [half] : comparison.Streams,
                })).OfType<Candidate>().Select(candidate => (Func<Task>)candidate.RunAsync),
            ],
            scale);
    }

    private static async Task MeasureAsync(Comparison comparison, bool hasReference, TextTable table, Scale scale, Report report)
    {
        Candidate?[] candidates = CreateCandidates(comparison);
        Candidate[] present = [.. candidates.OfType<Candidate>()];
        IReadOnlyList<double[]> times = await Rounds.MeasureAsync([.. present.Select(candidate => (Func<Task>)candidate.RunAsync)], scale);
        double[]?[] perChunk =
        [
            .. candidates.Select(candidate => candidate is null
                ? null
                : times[Array.IndexOf(present, candidate)].Select(time => time / candidate.Chunks).ToArray()),
        ];
        if (perChunk is not [{ } llmStream, var package, var framing, var below, var reference])
            throw new InvalidOperationException("Candidates are in this order.");
        double? packageRatio = Ratio(package, llmStream), framingRatio = Ratio(llmStream, framing);
        double? referenceRatio = Ratio(llmStream, reference);
        double bytes = await MeasureBytesAsync(candidates[0]!, comparison.Half);
        double? packageBytes = candidates[1] is { } other ? await MeasureBytesAsync(other, comparison.Half) : null;
        table.Add(
            [
                comparison.Name,
                Section.Format(present[0].Chunks),
                Section.Format(framing?.Median()),
                Section.Format(below?.Median()),
                Section.Format(llmStream.Median()),
                Section.Format(package?.Median()),
                comparison.Package?.Name ?? "",
                Section.Format(packageRatio, "0.0"),
                Section.Format(comparison.MinPackageRatio, "0.##"),
                Section.Format(framingRatio, "0.0"),
                Section.Format(bytes),
                Section.Format(packageBytes),
                .. hasReference ? [Section.Format(referenceRatio, "0.00")] : Array.Empty<Cell>(),
                Section.Format(llmStream.RelativeSpread(), "0 %"),
            ]);

        if (packageRatio is { } p && comparison.MinPackageRatio is { } minimum)
            report.Add(Goal.AtLeast($"{comparison.Name}: {comparison.Package!.Name} / LlmStream", p, minimum));
        if (framingRatio is { } f && comparison.MaxFramingRatio is { } maximum)
            report.Add(Goal.AtMost($"{comparison.Name}: LlmStream / framing", f, maximum));
        if (referenceRatio is { } r && comparison.MaxReferenceRatio is { } maximumToReference)
            report.Add(Goal.AtMost($"{comparison.Name}: LlmStream / LlmStream on Anthropic", r, maximumToReference));
        if (comparison.MaxBytes is { } maxBytes)
            report.Add(Goal.AtMost($"{comparison.Name}: allocated per chunk", bytes, maxBytes, "bytes"));
    }

    /// <returns>LlmStream, the package, framing, the reader below, the reference; null for those that are not compared.</returns>
    private static Candidate?[] CreateCandidates(Comparison comparison) =>
    [
        new Candidate(comparison.LlmStream, comparison.Streams),
        Candidate.Create(comparison.Package, comparison.Streams),
        Candidate.Create(comparison.Framing, comparison.Streams),
        Candidate.Create(comparison.Below, comparison.Streams),
        comparison.Reference is { } reference ? new Candidate(comparison.LlmStream, [reference]) : null,
    ];

    private static double? Ratio(double[]? dividends, double[]? divisors) =>
        dividends is null || divisors is null ? null : Rounds.MedianRatio(dividends, divisors);

    private static async Task<double> MeasureBytesAsync(Candidate candidate, SampleStream? half)
    {
        long bytes = await candidate.MeasureBytesAsync();
        if (half is null) return (double)bytes / candidate.Chunks;
        Candidate shorter = candidate with { Streams = [half] };
        return (double)(bytes - await shorter.MeasureBytesAsync()) / (candidate.Chunks - shorter.Chunks);
    }

    private sealed record Candidate(Reader Reader, IReadOnlyList<SampleStream> Streams)
    {
        public long Chunks => Streams.Sum(stream => stream.Chunks);

        public static Candidate? Create(Reader? reader, IReadOnlyList<SampleStream> streams) =>
            reader is null ? null : new Candidate(reader, streams);

        public async Task VerifyAsync()
        {
            foreach (SampleStream stream in Streams) await Reader.VerifyAsync(stream);
        }

        public async Task RunAsync()
        {
            foreach (SampleStream stream in Streams) await Reader.ReadAsync(stream);
        }

        public async Task<long> MeasureBytesAsync()
        {
            await RunAsync();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await RunAsync();
            return GC.GetTotalAllocatedBytes(precise: true) - before;
        }
    }
}
