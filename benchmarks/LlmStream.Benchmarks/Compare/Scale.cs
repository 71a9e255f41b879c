namespace LlmStream.Benchmarks.Compare;

/// <summary>How much is measured. What is measured and how is the same at every scale.</summary>
internal sealed record Scale
{
    public required string Name { get; init; }

    /// <summary>Whether enough is measured to compare the figures with the goals.</summary>
    public bool IsMeaningful { get; init; } = true;

    /// <summary>The number of turns of each candidate.</summary>
    public required int Rounds { get; init; }

    /// <summary>The minimum processor time of a turn.</summary>
    public required TimeSpan Turn { get; init; }

    /// <summary>The number of chunks of the streams whose cost per chunk is measured.</summary>
    public required int Chunks { get; init; }

    /// <summary>The number of chunks of the streams that are compared with packages.</summary>
    public required int RowChunks { get; init; }

    /// <summary>The numbers of fragments of the tool calls whose costs per fragment are compared.</summary>
    public required IReadOnlyList<int> ToolFragments { get; init; }

    /// <summary>The sizes of the streams whose costs per byte are compared, in bytes.</summary>
    public required IReadOnlyList<long> StreamSizes { get; init; }

    /// <summary>The sizes of the streams of a single event whose costs per byte are compared, in bytes.</summary>
    public required IReadOnlyList<long> EventSizes { get; init; }

    /// <summary>The number of answers whose time to the first text is measured.</summary>
    public required int FirstDeltas { get; init; }

    /// <summary>The number of open streams whose memory is measured.</summary>
    public required int OpenStreams { get; init; }

    /// <summary>The numbers of concurrent streams whose throughput is measured, and the number of chunks of each.</summary>
    public required IReadOnlyList<(int Streams, int Chunks)> Concurrency { get; init; }

    /// <summary>The number of times that each throughput is measured.</summary>
    public required int ThroughputRounds { get; init; }

    /// <summary>
    /// The numbers of streams that are relayed at once, the number of chunks of each, at full speed and at a steady rate, and the time
    /// between two chunks of a stream at that rate, in milliseconds.
    /// </summary>
    public required IReadOnlyList<(int Streams, int Chunks, int PacedChunks, int Pace)> Relay { get; init; }

    /// <summary>The number of kept streams at once, of readers of each, and of chunks of each.</summary>
    public required (int Streams, int Readers, int Chunks) Kept { get; init; }

    /// <summary>The number of processes whose startup is measured.</summary>
    public required int Startups { get; init; }

    private const long MiB = 1024 * 1024;

    public static Scale Quick { get; } = new()
    {
        Name = "quick",
        Rounds = 7,
        Turn = TimeSpan.FromMilliseconds(20),
        Chunks = 20_000,
        RowChunks = 5_000,
        ToolFragments = [5_000, 100_000],
        StreamSizes = [MiB, 10 * MiB, 32 * MiB],
        EventSizes = [MiB, 8 * MiB],
        FirstDeltas = 250,
        OpenStreams = 2_000,
        Concurrency = [(100, 4_000), (1_000, 400)],
        ThroughputRounds = 5,
        Relay = [(1, 100_000, 500, 1), (100, 500, 100, 10), (1_000, 100, 30, 50)],
        Kept = (1_000, 3, 400),
        Startups = 15,
    };

    public static Scale Full { get; } = Quick with
    {
        Name = "full",
        Rounds = 25,
        Turn = TimeSpan.FromMilliseconds(50),
        StreamSizes = [MiB, 10 * MiB, 100 * MiB],
        FirstDeltas = 3_000,
        OpenStreams = 10_000,
        Concurrency = [(100, 10_000), (1_000, 1_000)],
        ThroughputRounds = 7,
        Relay = [(1, 100_000, 4_000, 1), (100, 4_000, 400, 10), (1_000, 1_000, 100, 50)],
        Kept = (1_000, 3, 1_600),
        Startups = 51,
    };

    public static Scale Smoke { get; } = new()
    {
        Name = "smoke",
        IsMeaningful = false,
        Rounds = 1,
        Turn = TimeSpan.Zero,
        Chunks = 200,
        RowChunks = 200,
        ToolFragments = [200, 400],
        StreamSizes = [64 * 1024, 256 * 1024],
        EventSizes = [64 * 1024, 256 * 1024],
        FirstDeltas = 3,
        OpenStreams = 20,
        Concurrency = [(10, 50)],
        ThroughputRounds = 1,
        Relay = [(10, 50, 5, 1)],
        Kept = (10, 3, 20),
        Startups = 1,
    };
}
