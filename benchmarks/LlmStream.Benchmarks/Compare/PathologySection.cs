using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Streams that are difficult for a reader. There are no goals, but no cost should be out of proportion.</summary>
internal sealed class PathologySection : Section
{
    private const int WarmUpChunks = 100;

    public override string Name => "pathologies";

    public override string Title => "Pathologies: processor time per chunk in nanoseconds";

    public override async Task RunAsync(Scale scale, Report report)
    {
        Reader framing = new FramingReader(), llmStream = new LlmStreamReader();
        Reader handWritten = new HandWrittenReader(), package = new OpenAIPackageReader();
        Reader[] readers = [framing, llmStream, handWritten, package];
        int chunks = Math.Min(scale.Chunks, Pathologies.DefaultChunks);
        SampleStream[] streams = [.. Pathologies.All.Values.Select(create => create(chunks))];
        SampleStream[] warmUps = [.. Pathologies.All.Values.Select(create => create(WarmUpChunks))];
        await Rounds.WarmUpAsync(
            [.. warmUps.SelectMany(stream => readers.Select(reader => (Func<Task>)(() => reader.ReadAsync(stream))))], scale);

        var table = new TextTable(
            "stream", "chunks", "bytes", "framing", "LlmStream", "hand-written", "package", "package / LlmStream", "LlmStream / framing",
            "allocated", "noise");
        foreach (SampleStream stream in streams)
        {
            ChunkCost cost = await ChunkCost.MeasureAsync([stream], half: null, readers, scale);
            double[] times = cost.GetTimes(llmStream)!;
            table.Add(
                stream.Name,
                Format(stream.Chunks),
                Format(stream.Length),
                Format(cost.GetTimes(framing)!.Median()),
                Format(times.Median()),
                Format(cost.GetTimes(handWritten)!.Median()),
                Format(cost.GetTimes(package)!.Median()),
                Format(Rounds.MedianRatio(cost.GetTimes(package)!, times), "0.0"),
                Format(Rounds.MedianRatio(times, cost.GetTimes(framing)!), "0.00"),
                Format(cost.GetAllocatedBytes(llmStream)!.Value),
                Format(times.RelativeSpread(), "0 %"));
        }

        report.Add(table);
    }
}
