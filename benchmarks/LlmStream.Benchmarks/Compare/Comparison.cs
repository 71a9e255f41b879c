using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>A row of a table: the readers that are compared, the streams that they read, and the goals.</summary>
internal sealed record Comparison
{
    public required string Name { get; init; }

    /// <summary>The streams, each of which is read to its end.</summary>
    public required IReadOnlyList<SampleStream> Streams { get; init; }

    /// <summary>
    /// For a comparison of one stream: the same stream with half as many chunks, so that memory which is allocated once per stream can be
    /// subtracted. If null, the bytes per chunk include it.
    /// </summary>
    public SampleStream? Half { get; init; }

    public required Reader LlmStream { get; init; }

    /// <summary>The package that would be used instead of LlmStream, or null.</summary>
    public Reader? Package { get; init; }

    /// <summary>The reader that only finds the events, or null.</summary>
    public Reader? Framing { get; init; }

    /// <summary>The part of LlmStream that <see cref="LlmStream"/> is built on, or null.</summary>
    public Reader? Below { get; init; }

    /// <summary>Another stream for <see cref="LlmStream"/>, whose cost per chunk is compared with that of the streams; or null.</summary>
    public SampleStream? Reference { get; init; }

    /// <summary>The minimum of the package's time divided by LlmStream's, or null.</summary>
    public double? MinPackageRatio { get; init; }

    /// <summary>The maximum of LlmStream's time divided by that of <see cref="Framing"/>, or null.</summary>
    public double? MaxFramingRatio { get; init; }

    /// <summary>The maximum of LlmStream's time per chunk divided by that for <see cref="Reference"/>, or null.</summary>
    public double? MaxReferenceRatio { get; init; }

    /// <summary>The maximum of bytes allocated per chunk, or null.</summary>
    public double? MaxBytes { get; init; }

    /// <summary>Compares LlmStream with a package and with framing, on one stream.</summary>
    /// <param name="name">The name of the row.</param>
    /// <param name="create">Creates the stream with a number of chunks.</param>
    /// <param name="llmStream">LlmStream.</param>
    /// <param name="package">The package, or null.</param>
    /// <param name="minPackageRatio">See <see cref="MinPackageRatio"/>.</param>
    /// <param name="scale">How much is measured.</param>
    public static Comparison OfOneStream(
        string name, Func<int, SampleStream> create, Reader llmStream, Reader? package, double? minPackageRatio, Scale scale) => new()
        {
            Name = name,
            Streams = [create(scale.RowChunks)],
            Half = create(scale.RowChunks / 2),
            LlmStream = llmStream,
            Package = package,
            Framing = new FramingReader(),
            MinPackageRatio = minPackageRatio,
        };
}
