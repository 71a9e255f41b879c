using LlmStream.Benchmarks.Contestants;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The contestants, and a row for each stream that they have read.</summary>
internal sealed class ChunkTable
{
    private readonly FramingAlone _framing = new();
    private readonly LlmStreamReader _llmStream = new();
    private readonly HandWritten _byHand = new();
    private readonly OpenAIPackage _openAI = new();
    private readonly AnthropicPackage _anthropic = new();

    public IReadOnlyList<Contestant> Contestants => [_framing, _llmStream, _byHand, _openAI, _anthropic];

    /// <summary>Those who read recorded streams: the loop by hand would stumble over some.</summary>
    public IReadOnlyList<Contestant> CorpusContestants => [_framing, _llmStream, _openAI];

    public TextTable Times { get; } = new("stream", "chunks", "bytes each", "framing", "LlmStream", "by hand", "package", "package / LlmStream", "LlmStream / framing", "noise");

    public TextTable Allocations { get; } = new("bytes allocated a chunk", "framing", "LlmStream", "by hand", "package");

    public ChunkRow Add(string name, ChunkCost cost)
    {
        double[] framing = cost.Times(_framing)!;
        double[]? ours = cost.Times(_llmStream);
        double[]? theirs = cost.Times(_openAI) ?? cost.Times(_anthropic);
        double? timesLess = ours is not null && theirs is not null ? Rounds.Ratio(theirs, ours) : null;
        double? timesFraming = ours is not null ? Rounds.Ratio(ours, framing) : null;
        double? bytes = cost.Allocated(_llmStream);
        Times.Add(
            name,
            Section.Number(cost.Chunks),
            Section.Number(cost.Bytes),
            Section.Number(framing.Median()),
            Cell(ours?.Median()),
            Cell(cost.Times(_byHand)?.Median()),
            Cell(theirs?.Median()),
            Cell(timesLess, "0.0"),
            Cell(timesFraming, "0.00"),
            Section.Number((ours ?? framing).Spread(), "0 %"));
        Allocations.Add(name, Cell(cost.Allocated(_framing)), Cell(bytes), Cell(cost.Allocated(_byHand)), Cell(cost.Allocated(_openAI) ?? cost.Allocated(_anthropic)));
        return new ChunkRow(name, cost.Times(_openAI) is null ? null : timesLess, timesFraming, bytes);
    }

    private static string Cell(double? value, string format = "#,0") => value is { } number ? Section.Number(number, format) : "–";
}
