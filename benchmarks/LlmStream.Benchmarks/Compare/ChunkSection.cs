using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>What a chunk costs, of each service's stream, and of the recorded ones.</summary>
internal sealed class ChunkSection : Section
{
    private const double TimesLess = 20;
    private const double TimesFraming = 1.6;
    private const double BytesAChunk = 112;
    private const int WarmUpChunks = 200;

    public override string Name => "chunks";

    public override string Title => "Chunk cost: processor time of a chunk in nanoseconds, and bytes allocated for it";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        var table = new ChunkTable();
        Func<int, KnownStream>[] services = [.. ServiceStreams.All.Values];
        await WarmUpAsync([.. services.Select(service => service(WarmUpChunks))], table.Contestants, scale);
        List<ChunkRow> rows = [];
        foreach (Func<int, KnownStream> service in services)
        {
            KnownStream stream = service(scale.Chunks);
            rows.Add(table.Add(stream.Name, await ChunkCost.MeasureAsync([stream], service(scale.Chunks / 2), table.Contestants, scale)));
        }

        IReadOnlyList<ChunkRow> ofServices = [.. rows];

        // Nothing is asked of it, but what an answer costs before its chunks do is good to know.
        table.Add("OpenAI, one chunk", await ChunkCost.MeasureAsync([ServiceStreams.OpenAIWithPadding(1)], null, table.Contestants, scale));

        Corpus? corpus = await Corpus.LoadAsync();
        if (corpus is not null)
        {
            await WarmUpAsync(corpus.ReadByOpenAIPackage, table.CorpusContestants, scale);
            rows.Add(table.Add($"corpus, all {corpus.All.Count} files", await ChunkCost.MeasureAsync(corpus.All, null, table.CorpusContestants, scale)));
            rows.Add(table.Add($"corpus, {corpus.ReadByOpenAIPackage.Count} files", await ChunkCost.MeasureAsync(corpus.ReadByOpenAIPackage, null, table.CorpusContestants, scale)));
        }

        output.WriteLine(table.Times);
        output.WriteLine(table.Allocations);
        output.WriteLine("  “package” is the OpenAI package; of Anthropic's stream, the Anthropic package. The OpenAI package passes over DeepSeek's reasoning.");
        output.WriteLine("  “noise” is how far the middle half of the rounds of LlmStream lies apart. “one chunk” is what a stream costs, whatever is in it.");
        if (LlmStreamReader.Dialect("anthropic") is null) output.WriteLine("  LlmStream has no dialect “anthropic” yet.");
        output.WriteLine(corpus is null
            ? "  The recorded streams (../shared/corpus) are not beside this clone."
            : $"  Of the corpus, every file is a stream of its own, most of them short; the second row is what the OpenAI package reads too. {corpus.LeftOut} that end in an error or are cut are left out.");

        ChunkRow package = rows.Where(row => row.TimesLess is not null).MinBy(row => row.TimesLess)!;
        ChunkRow framing = rows.Where(row => row.TimesFraming is not null).MaxBy(row => row.TimesFraming)!;
        ChunkRow bytes = ofServices.Where(row => row.Bytes is not null).MaxBy(row => row.Bytes)!;
        return
        [
            Goal.Least($"the OpenAI package takes more time than LlmStream (worst: {package.Name})", package.TimesLess!.Value, TimesLess),
            Goal.Most($"LlmStream's time to that of framing (worst: {framing.Name})", framing.TimesFraming!.Value, TimesFraming),
            Goal.Most($"LlmStream allocates a chunk (worst: {bytes.Name})", bytes.Bytes!.Value, BytesAChunk, "bytes"),
        ];
    }

    private static Task WarmUpAsync(IEnumerable<KnownStream> streams, IReadOnlyList<Contestant> contestants, Scale scale) => Rounds.WarmUpAsync(
        [.. streams.SelectMany(stream => contestants.Where(one => one.Reads(stream)).Select(one => (Func<Task>)(() => one.ReadAsync(stream))))], scale);
}
