using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Streams that are hard on a reader. For these there is no goal, but there should be no cliff.</summary>
internal sealed class PathologySection : Section
{
    private const int WarmUpChunks = 100;

    public override string Name => "pathologies";

    public override string Title => "Pathologies: processor time of a chunk in nanoseconds";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        Contestant framing = new FramingAlone(), llmStream = new LlmStreamReader(), byHand = new HandWritten(), package = new OpenAIPackage();
        Contestant[] all = [framing, llmStream, byHand, package];
        int chunks = Math.Min(scale.Chunks, Pathologies.DefaultChunks);
        KnownStream[] streams = [.. Pathologies.All.Values.Select(make => make(chunks))];
        KnownStream[] warmUps = [.. Pathologies.All.Values.Select(make => make(WarmUpChunks))];
        await Rounds.WarmUpAsync([.. warmUps.SelectMany(stream => all.Select(one => (Func<Task>)(() => one.ReadAsync(stream))))], scale);

        var table = new TextTable("stream", "chunks", "bytes", "framing", "LlmStream", "by hand", "package", "package / LlmStream", "LlmStream / framing", "allocated", "noise");
        foreach (KnownStream stream in streams)
        {
            ChunkCost cost = await ChunkCost.MeasureAsync([stream], null, all, scale);
            double[] ours = cost.Times(llmStream)!;
            table.Add(
                stream.Name,
                Number(stream.Chunks),
                Number(stream.Length),
                Number(cost.Times(framing)!.Median()),
                Number(ours.Median()),
                Number(cost.Times(byHand)!.Median()),
                Number(cost.Times(package)!.Median()),
                Number(Rounds.Ratio(cost.Times(package)!, ours), "0.0"),
                Number(Rounds.Ratio(ours, cost.Times(framing)!), "0.00"),
                Number(cost.Allocated(llmStream)!.Value),
                Number(ours.Spread(), "0 %"));
        }

        output.WriteLine(table);
        return [];
    }
}
