using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>LlmStream and a package, compared on the same streams: one row of a table.</summary>
internal sealed record Comparison
{
    public required string Name { get; init; }

    /// <summary>The streams, each of which is read to its end.</summary>
    public required IReadOnlyList<SampleStream> Streams { get; init; }

    /// <summary>
    /// If there is only one stream, a stream with half as many chunks: the difference in memory is what chunks allocate, without what a
    /// stream allocates. If null, the memory per chunk includes that.
    /// </summary>
    public SampleStream? Half { get; init; }

    public required Reader LlmStream { get; init; }

    /// <summary>What one would use instead; null if there is no package.</summary>
    public Reader? Package { get; init; }

    /// <summary>Other readers of the same streams.</summary>
    public Reader? Framing { get; init; }

    public Reader? Below { get; init; }

    /// <summary>A stream that LlmStream reads too, with the same reader, to compare the costs of their chunks.</summary>
    public SampleStream? Reference { get; init; }

    /// <summary>The goal of the package's time divided by LlmStream's; null if there is none.</summary>
    public double? MinPackageRatio { get; init; }

    /// <summary>The goal of LlmStream's time divided by that of <see cref="Framing"/>; null if there is none.</summary>
    public double? MaxFramingRatio { get; init; }

    /// <summary>The goal of LlmStream's time for a chunk divided by that of <see cref="Reference"/>; null if none.</summary>
    public double? MaxReferenceRatio { get; init; }

    /// <summary>The goal of bytes allocated per chunk; null if there is none.</summary>
    public double? MaxBytes { get; init; }
}
