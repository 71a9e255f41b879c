using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The cost of a chunk of each provider's stream, and of the recorded streams.</summary>
internal sealed class ChunkSection : Section
{
    private const double MinPackageToLlmStream = 20;
    private const double MaxLlmStreamToFraming = 1.6;
    private const double MaxBytesAllocated = 112;
    private const int WarmUpChunks = 200;

    public override string Name => "chunks";

    public override string Title => "Chunk cost: processor time per chunk in nanoseconds, and bytes allocated";

    public override async Task RunAsync(Scale scale, Report report)
    {
        var table = new ChunkTable();
        await WarmUpAsync([.. ProviderStreams.All.Values.Select(create => create(WarmUpChunks))], table.Readers, scale);
        List<ChunkRatios> providers = [];
        foreach (Func<int, SampleStream> create in ProviderStreams.All.Values)
        {
            SampleStream stream = create(scale.Chunks);
            ChunkCost cost = await ChunkCost.MeasureAsync([stream], create(scale.Chunks / 2), table.Readers, scale);
            providers.Add(table.Add(stream.Name, cost));
        }

        // Not compared with a goal. It shows the cost of a stream, whatever its content.
        table.Add("OpenAI, one chunk", await ChunkCost.MeasureAsync([ProviderStreams.OpenAI(1)], half: null, table.Readers, scale));

        Corpus? corpus = await Corpus.LoadAsync("openai-chat", ChatDialect.OpenAI, new OpenAIPackageReader());
        List<ChunkRatios> all = [.. providers];
        if (corpus is not null) all.AddRange(await MeasureAsync(corpus, table, scale));
        AddTables(table, corpus, report);

        ChunkRatios package = all.Where(ratios => ratios.PackageToLlmStream is not null).MinBy(ratios => ratios.PackageToLlmStream)!;
        ChunkRatios framing = all.Where(ratios => ratios.LlmStreamToFraming is not null).MaxBy(ratios => ratios.LlmStreamToFraming)!;
        ChunkRatios bytes = providers.Where(ratios => ratios.BytesAllocated is not null).MaxBy(ratios => ratios.BytesAllocated)!;
        report.Add(Goal.AtLeast(
            $"time of OpenAI package / LlmStream (worst: {package.Name})", package.PackageToLlmStream!.Value, MinPackageToLlmStream));
        report.Add(Goal.AtMost(
            $"time of LlmStream / framing (worst: {framing.Name})", framing.LlmStreamToFraming!.Value, MaxLlmStreamToFraming));
        report.Add(Goal.AtMost(
            $"allocated per chunk by LlmStream (worst: {bytes.Name})", bytes.BytesAllocated!.Value, MaxBytesAllocated, "bytes"));
    }

    private static async Task<IReadOnlyList<ChunkRatios>> MeasureAsync(Corpus corpus, ChunkTable table, Scale scale)
    {
        await WarmUpAsync(corpus.ReadByPackage, table.CorpusReaders, scale);
        ChunkCost all = await ChunkCost.MeasureAsync(corpus.All, half: null, table.CorpusReaders, scale);
        ChunkCost readByPackage = await ChunkCost.MeasureAsync(corpus.ReadByPackage, half: null, table.CorpusReaders, scale);
        return
        [
            table.Add($"corpus, all {corpus.All.Count} files", all),
            table.Add($"corpus, {corpus.ReadByPackage.Count} files", readByPackage),
        ];
    }

    private static void AddTables(ChunkTable table, Corpus? corpus, Report report)
    {
        report.Add(table.Times);
        report.Add(table.Allocations);
        report.Add("""
            “package” is the OpenAI package, for Anthropic's stream the Anthropic package. The OpenAI package ignores reasoning.
            “noise” is the interquartile range of the rounds of LlmStream. “one chunk” shows the constant cost of a stream.
            """);
        report.Add(corpus is null
            ? "There are no recorded streams in ../shared/corpus."
            : $"""
              Each file of the corpus is a separate stream, usually a short one. The second row is the files that the OpenAI package
              can read. {corpus.Omitted} files that end in an error or early are omitted.
              """);
    }

    private static Task WarmUpAsync(IEnumerable<SampleStream> streams, IReadOnlyList<Reader> readers, Scale scale)
    {
        IEnumerable<Func<Task>> runs = streams.SelectMany(stream =>
            readers.Where(reader => reader.CanRead(stream)).Select(reader => (Func<Task>)(() => reader.ReadAsync(stream))));
        return Rounds.WarmUpAsync([.. runs], scale);
    }
}
