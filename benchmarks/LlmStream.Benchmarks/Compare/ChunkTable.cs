using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The readers that are compared, and tables with a row for each stream.</summary>
internal sealed class ChunkTable
{
    private readonly FramingReader _framing = new();
    private readonly LlmStreamReader _llmStream = new();
    private readonly HandWrittenReader _handWritten = new();
    private readonly OpenAIPackageReader _openAI = new();
    private readonly AnthropicPackageReader _anthropic = new();

    public IReadOnlyList<Reader> Readers => [_framing, _llmStream, _handWritten, _openAI, _anthropic];

    /// <summary>The readers of recorded streams. The hand-written loop fails on some of them.</summary>
    public IReadOnlyList<Reader> CorpusReaders => [_framing, _llmStream, _openAI];

    public TextTable Times { get; } = new(
        "stream", "chunks", "bytes each", "framing", "LlmStream", "hand-written", "package", "package / LlmStream", "LlmStream / framing",
        "noise");

    public TextTable Allocations { get; } = new("bytes allocated per chunk", "framing", "LlmStream", "hand-written", "package");

    public ChunkRatios Add(string name, ChunkCost cost)
    {
        double[] framing = cost.GetTimes(_framing)!;
        double[]? llmStream = cost.GetTimes(_llmStream);
        double[]? package = cost.GetTimes(_openAI) ?? cost.GetTimes(_anthropic);
        double? packageToLlmStream = llmStream is not null && package is not null ? Rounds.MedianRatio(package, llmStream) : null;
        double? llmStreamToFraming = llmStream is not null ? Rounds.MedianRatio(llmStream, framing) : null;
        Times.Add(
            name,
            Section.Format(cost.Chunks),
            Section.Format(cost.BytesPerChunk),
            Section.Format(framing.Median()),
            Section.Format(llmStream?.Median()),
            Section.Format(cost.GetTimes(_handWritten)?.Median()),
            Section.Format(package?.Median()),
            Section.Format(packageToLlmStream, "0.0"),
            Section.Format(llmStreamToFraming, "0.00"),
            Section.Format((llmStream ?? framing).RelativeSpread(), "0 %"));
        double? bytes = cost.GetAllocatedBytes(_llmStream);
        Allocations.Add(
            name,
            Section.Format(cost.GetAllocatedBytes(_framing)),
            Section.Format(bytes),
            Section.Format(cost.GetAllocatedBytes(_handWritten)),
            Section.Format(cost.GetAllocatedBytes(_openAI) ?? cost.GetAllocatedBytes(_anthropic)));
        return new ChunkRatios(name, cost.GetTimes(_openAI) is null ? null : packageToLlmStream, llmStreamToFraming, bytes);
    }
}
