namespace LlmStream.Benchmarks.Streams;

/// <summary>A stream of which it is known what it says, so that nobody's time is measured who reads nothing.</summary>
internal sealed record KnownStream
{
    public required string Name { get; init; }

    /// <summary>The name of the <see cref="ChatDialect"/>; LlmStream may not have it yet.</summary>
    public required string Dialect { get; init; }

    public ChatTextMode TextMode { get; init; } = ChatTextMode.Auto;

    /// <summary>The bytes, in order. Long streams say the same bytes many times, so that all of them lie in the caches alike.</summary>
    public required IEnumerable<ReadOnlyMemory<byte>> Segments { get; init; }

    public required long Length { get; init; }

    /// <summary>Events that carry text or reasoning.</summary>
    public required int Chunks { get; init; }

    public required Fingerprint Text { get; init; }

    public Fingerprint Reasoning { get; init; } = Fingerprint.Empty;

    /// <summary>The bytes of the events' data, as framing hands them on.</summary>
    public required long Payload { get; init; }

    public bool OpenAIPackageReads { get; init; }

    /// <summary>The most bytes that come at once.</summary>
    public int ReadSize { get; init; } = PieceStream.SocketReadSize;

    public Stream Open() => new PieceStream(Segments, ReadSize);

    public override string ToString() => Name;
}
