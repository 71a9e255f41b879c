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

    private readonly FramingAlone _framing = new();
    private readonly LlmStreamReader _llmStream = new();

    public override string Name => "chunks";

    public override string Title => "Chunk cost: processor time of a chunk in nanoseconds, and bytes allocated for it";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        Contestant[] peers = [new HandWritten(), new OpenAIPackage(), new AnthropicPackage()];
        var table = new TextTable("stream", "chunks", "bytes each", "framing", "LlmStream", "by hand", "package", "package / LlmStream", "LlmStream / framing", "allocated", "by hand", "package", "noise");
        List<(string Name, double Package)> packages = [];
        List<(string Name, double Framing)> framings = [];
        List<(string Name, double Bytes)> allocations = [];
        bool lacksAnthropic = LlmStreamReader.Dialect("anthropic") is null;

        Func<int, KnownStream>[] services = [.. ServiceStreams.All.Values];
        Contestant[] everyone = [_framing, _llmStream, .. peers];
        KnownStream[] samples = [.. services.Select(service => service(WarmUpChunks))];
        await Rounds.WarmUpAsync([.. samples.SelectMany(stream => everyone.Where(one => one.Reads(stream)).Select(one => (Func<Task>)(() => one.ReadAsync(stream))))], scale);

        foreach (Func<int, KnownStream> service in services)
        {
            ChunkCost cost = await ChunkCost.MeasureAsync([service(scale.Chunks)], service(scale.Chunks / 2), everyone, scale);
            Add(service(1).Name, cost, judgeBytes: true);
        }

        // A stream of one chunk: what an answer costs before its chunks do.
        KnownStream[] one = [ServiceStreams.OpenAIWithPadding(1)];
        Add("OpenAI, one chunk", await ChunkCost.MeasureAsync(one, null, everyone, scale), judges: false);

        Corpus? corpus = await Corpus.LoadAsync();
        if (corpus is not null)
        {
            Contestant[] some = [_framing, _llmStream, peers.Single(peer => peer is OpenAIPackage)];
            await Rounds.WarmUpAsync([.. corpus.ReadByOpenAIPackage.SelectMany(stream => some.Select(one => (Func<Task>)(() => one.ReadAsync(stream))))], scale);
            Add($"corpus, {corpus.All.Count} files", await ChunkCost.MeasureAsync(corpus.All, null, [_framing, _llmStream], scale));
            Add($"corpus, {corpus.ReadByOpenAIPackage.Count} files", await ChunkCost.MeasureAsync(corpus.ReadByOpenAIPackage, null, some, scale));
        }

        output.WriteLine(table);
        output.WriteLine("  “package” is the OpenAI package; of Anthropic's stream, the Anthropic package. The OpenAI package passes over DeepSeek's reasoning.");
        output.WriteLine("  “noise” is how far the middle half of the rounds of LlmStream lies apart.");
        if (lacksAnthropic) output.WriteLine("  LlmStream has no dialect “anthropic” yet.");
        output.WriteLine(corpus is null
            ? "  The recorded streams (../shared/corpus) are not beside this clone."
            : $"  Of the corpus, every file is a stream of its own, most of them short. Left out: {corpus.LeftOut} that end in an error or are cut.");

        return
        [
            .. Worst("the package takes more time than LlmStream", packages.OrderBy(row => row.Package), (what, value) => Goal.Least(what, value, TimesLess)),
            .. Worst("LlmStream's time to that of framing", framings.OrderByDescending(row => row.Framing), (what, value) => Goal.Most(what, value, TimesFraming)),
            .. Worst("LlmStream allocates a chunk", allocations.OrderByDescending(row => row.Bytes), (what, value) => Goal.Most(what, value, BytesAChunk, "bytes")),
        ];

        void Add(string name, ChunkCost cost, bool judges = true, bool judgeBytes = false)
        {
            double[]? framing = cost.Times(_framing);
            double[]? ours = cost.Times(_llmStream);
            double[]? byHand = cost.Times(peers[0]);
            Contestant? package = cost.Contestants.FirstOrDefault(contestant => contestant is OpenAIPackage or AnthropicPackage);
            double[]? theirs = package is null ? null : cost.Times(package);
            double? more = ours is not null && theirs is not null ? Rounds.Ratio(theirs, ours) : null;
            double? above = ours is not null ? Rounds.Ratio(ours, framing!) : null;
            table.Add(
                name,
                Number(cost.Chunks),
                Number(cost.Bytes),
                Cell(framing?.Median()),
                Cell(ours?.Median()),
                Cell(byHand?.Median()),
                Cell(theirs?.Median()),
                Cell(more, "0.0"),
                Cell(above, "0.00"),
                Cell(cost.Allocated(_llmStream)),
                Cell(cost.Allocated(peers[0])),
                Cell(package is null ? null : cost.Allocated(package)),
                Cell((ours ?? framing)!.Spread(), "0 %"));
            if (!judges) return;
            if (more is { } times && package is OpenAIPackage) packages.Add((name, times));
            if (above is { } share) framings.Add((name, share));
            if (judgeBytes && cost.Allocated(_llmStream) is { } bytes) allocations.Add((name, bytes));
        }
    }

    private static IEnumerable<Goal> Worst(string what, IEnumerable<(string Name, double Value)> rows, Func<string, double, Goal> goal)
    {
        (string name, double value) = rows.First();
        yield return goal($"{what} (worst: {name})", value);
    }

    private static string Cell(double? value, string format = "#,0") => value is { } number ? Number(number, format) : "–";
}
