namespace LlmStream.Benchmarks.Streams;

/// <summary>A stream whose content is known, so that a reader that reads nothing is not measured.</summary>
internal sealed record SampleStream
{
    public required string Name { get; init; }

    /// <summary>The name of its <see cref="ChatDialect"/>.</summary>
    public required string Dialect { get; init; }

    /// <summary>The provider that sent it, as there is a client for each; empty if that does not matter.</summary>
    public string Provider { get; init; } = "";

    public ChatTextMode TextMode { get; init; } = ChatTextMode.Auto;

    /// <summary>The bytes. Long streams repeat the same segments, so that they use the processor's caches as short ones do.</summary>
    public required IEnumerable<ReadOnlyMemory<byte>> Segments { get; init; }

    /// <summary>The number of bytes.</summary>
    public required long Length { get; init; }

    /// <summary>The number of events with text, reasoning or arguments.</summary>
    public required int Chunks { get; init; }

    public required TextHash Text { get; init; }

    public TextHash Reasoning { get; init; } = TextHash.Empty;

    /// <summary>The arguments of all tool calls, as JSON; null if readers may return them in another form.</summary>
    public TextHash? Arguments { get; init; }

    /// <summary>The value of the only argument, a text.</summary>
    public TextHash ArgumentText { get; init; } = TextHash.Empty;

    /// <summary>The number of bytes in the data of all events.</summary>
    public required long Payload { get; init; }

    public bool IsReadByOpenAIPackage { get; init; }

    /// <summary>The maximum number of bytes per read.</summary>
    public int ReadSize { get; init; } = LimitedReadStream.DefaultReadSize;

    public string MediaType => Dialect switch
    {
        "ollama" => "application/x-ndjson",
        "bedrock" => "application/vnd.amazon.eventstream",
        _ => "text/event-stream",
    };

    public Stream Open() => new LimitedReadStream(Segments, ReadSize);

    public override string ToString() => Name;
}
