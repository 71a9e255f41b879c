namespace LlmStream.Benchmarks.Compare;

/// <summary>How much is measured. What is measured, and how, is the same at every scale.</summary>
internal sealed record Scale
{
    public required string Name { get; init; }

    /// <summary>Whether the figures mean something: at the smallest scale they do not, and nothing is judged.</summary>
    public bool Judges { get; init; } = true;

    /// <summary>How often every contestant has its turn.</summary>
    public required int Rounds { get; init; }

    /// <summary>How much processor time a turn takes at least.</summary>
    public required TimeSpan Turn { get; init; }

    /// <summary>Chunks of the streams whose cost per chunk is measured.</summary>
    public required int Chunks { get; init; }

    /// <summary>Sizes of the streams whose cost per byte must be the same, in bytes.</summary>
    public required IReadOnlyList<long> Sizes { get; init; }

    /// <summary>Sizes of the one event that comes in drips, in bytes.</summary>
    public required IReadOnlyList<long> EventSizes { get; init; }

    public required int FirstDeltas { get; init; }

    public required int OpenStreams { get; init; }

    /// <summary>How many streams flow at once, and how many chunks each has.</summary>
    public required IReadOnlyList<(int Streams, int Chunks)> Flows { get; init; }

    public required int FlowRounds { get; init; }

    public required int Starts { get; init; }

    private const long MiB = 1024 * 1024;

    public static Scale Quick { get; } = new()
    {
        Name = "quick",
        Rounds = 7,
        Turn = TimeSpan.FromMilliseconds(20),
        Chunks = 20_000,
        Sizes = [MiB, 10 * MiB, 32 * MiB],
        EventSizes = [MiB, 8 * MiB],
        FirstDeltas = 250,
        OpenStreams = 2_000,
        Flows = [(100, 4_000), (1_000, 400)],
        FlowRounds = 3,
        Starts = 7,
    };

    public static Scale Full { get; } = Quick with
    {
        Name = "full",
        Rounds = 25,
        Turn = TimeSpan.FromMilliseconds(50),
        Sizes = [MiB, 10 * MiB, 100 * MiB],
        FirstDeltas = 3_000,
        OpenStreams = 10_000,
        Flows = [(100, 10_000), (1_000, 1_000)],
        FlowRounds = 7,
        Starts = 21,
    };

    public static Scale Smoke { get; } = new()
    {
        Name = "smoke",
        Judges = false,
        Rounds = 1,
        Turn = TimeSpan.Zero,
        Chunks = 200,
        Sizes = [64 * 1024, 256 * 1024],
        EventSizes = [64 * 1024, 256 * 1024],
        FirstDeltas = 3,
        OpenStreams = 20,
        Flows = [(10, 50)],
        FlowRounds = 1,
        Starts = 1,
    };
}
