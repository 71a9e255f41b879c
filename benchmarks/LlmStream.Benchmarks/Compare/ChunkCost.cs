using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The time and the memory that each reader needs for a chunk of the same streams.</summary>
internal sealed class ChunkCost
{
    private readonly Reader[] _readers;
    private readonly double[][] _times;
    private readonly double[] _allocated;

    private ChunkCost(Reader[] readers, IReadOnlyList<SampleStream> streams, IReadOnlyList<double[]> times, double[] allocated)
    {
        _readers = readers;
        Chunks = streams.Sum(stream => stream.Chunks);
        BytesPerChunk = streams.Sum(stream => stream.Length) / Chunks;
        _times = [.. times.Select(rounds => rounds.Select(time => time / Chunks).ToArray())];
        _allocated = allocated;
    }

    public long Chunks { get; }

    public long BytesPerChunk { get; }

    /// <param name="streams">The streams, each of which is read to its end.</param>
    /// <param name="half">
    /// If there is only one stream, a stream with half as many chunks. The difference in memory is what chunks allocate, without what a
    /// stream allocates. If null, the memory per chunk includes that.
    /// </param>
    /// <param name="readers">The readers; those that cannot read all streams are ignored.</param>
    /// <param name="scale">How much is measured.</param>
    public static async Task<ChunkCost> MeasureAsync(
        IReadOnlyList<SampleStream> streams, SampleStream? half, IEnumerable<Reader> readers, Scale scale)
    {
        Reader[] candidates = [.. readers.Where(reader => streams.All(reader.CanRead))];
        foreach (Reader reader in candidates)
        {
            foreach (SampleStream stream in streams) await reader.VerifyAsync(stream);
        }

        Func<Task>[] runs = [.. candidates.Select(reader => (Func<Task>)(() => ReadAllAsync(reader, streams)))];
        IReadOnlyList<double[]> times = await Rounds.MeasureAsync(runs, scale);
        double[] allocated = new double[candidates.Length];
        for (int i = 0; i < candidates.Length; i++)
        {
            long bytes = await MeasureAllocatedBytesAsync(candidates[i], streams);
            allocated[i] = half is null
                ? (double)bytes / streams.Sum(stream => stream.Chunks)
                : (double)(bytes - await MeasureAllocatedBytesAsync(candidates[i], [half])) / (streams[0].Chunks - half.Chunks);
        }

        return new ChunkCost(candidates, streams, times, allocated);
    }

    /// <summary>Nanoseconds per chunk in each round; null if the reader cannot read the streams.</summary>
    public double[]? GetTimes(Reader reader) => Array.IndexOf(_readers, reader) is >= 0 and int i ? _times[i] : null;

    /// <summary>Bytes allocated per chunk; null if the reader cannot read the streams.</summary>
    public double? GetAllocatedBytes(Reader reader) => Array.IndexOf(_readers, reader) is >= 0 and int i ? _allocated[i] : null;

    private static async Task ReadAllAsync(Reader reader, IReadOnlyList<SampleStream> streams)
    {
        foreach (SampleStream stream in streams) await reader.ReadAsync(stream);
    }

    private static async Task<long> MeasureAllocatedBytesAsync(Reader reader, IReadOnlyList<SampleStream> streams)
    {
        await ReadAllAsync(reader, streams);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await ReadAllAsync(reader, streams);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
