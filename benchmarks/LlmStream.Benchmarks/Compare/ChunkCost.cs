using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>What each contestant took for a chunk of the same streams.</summary>
internal sealed class ChunkCost
{
    private readonly IReadOnlyList<double[]> _times;
    private readonly double?[] _allocated;

    private ChunkCost(IReadOnlyList<Contestant> contestants, IReadOnlyList<KnownStream> streams, IReadOnlyList<double[]> times, double?[] allocated)
    {
        Contestants = contestants;
        Chunks = streams.Sum(stream => stream.Chunks);
        Bytes = streams.Sum(stream => stream.Length) / Chunks;
        _times = [.. times.Select(rounds => rounds.Select(time => time / Chunks).ToArray())];
        _allocated = allocated;
    }

    /// <summary>Those who read the streams.</summary>
    public IReadOnlyList<Contestant> Contestants { get; }

    public long Chunks { get; }

    public long Bytes { get; }

    /// <param name="streams">The streams, each read from its beginning to its end.</param>
    /// <param name="half">
    /// The one stream with half as many chunks. The difference of the two is what chunks allocate, without what a stream does;
    /// null where only all of it together is known.
    /// </param>
    /// <param name="contestants">Who may read them, if he can.</param>
    /// <param name="scale">How much is measured.</param>
    public static async Task<ChunkCost> MeasureAsync(IReadOnlyList<KnownStream> streams, KnownStream? half, IEnumerable<Contestant> contestants, Scale scale)
    {
        Contestant[] readers = [.. contestants.Where(contestant => streams.All(contestant.Reads))];
        foreach (Contestant reader in readers)
        {
            foreach (KnownStream stream in streams) await reader.GuardAsync(stream);
        }

        IReadOnlyList<double[]> times = await Rounds.RunAsync([.. readers.Select(reader => (Func<Task>)(() => ReadAllAsync(reader, streams)))], scale);
        double?[] allocated = new double?[readers.Length];
        for (int i = 0; i < readers.Length; i++)
        {
            long whole = await AllocatedAsync(readers[i], streams);
            allocated[i] = half is null
                ? (double)whole / streams.Sum(stream => stream.Chunks)
                : (double)(whole - await AllocatedAsync(readers[i], [half])) / (streams[0].Chunks - half.Chunks);
        }

        return new ChunkCost(readers, streams, times, allocated);
    }

    /// <summary>Nanoseconds a chunk, by round.</summary>
    public double[]? Times(Contestant contestant) => IndexOf(contestant) is >= 0 and int i ? _times[i] : null;

    /// <summary>Bytes a chunk.</summary>
    public double? Allocated(Contestant contestant) => IndexOf(contestant) is >= 0 and int i ? _allocated[i] : null;

    private int IndexOf(Contestant contestant) => Contestants.TakeWhile(other => other != contestant).Count() is int i && i < Contestants.Count ? i : -1;

    private static async Task ReadAllAsync(Contestant reader, IReadOnlyList<KnownStream> streams)
    {
        foreach (KnownStream stream in streams) await reader.ReadAsync(stream);
    }

    private static async Task<long> AllocatedAsync(Contestant reader, IReadOnlyList<KnownStream> streams)
    {
        await ReadAllAsync(reader, streams);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await ReadAllAsync(reader, streams);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
