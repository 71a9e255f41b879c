using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using LlmStream.Relay;

namespace LlmStream.Benchmarks.Kept;

/// <summary>
/// Streams that are produced at a steady rate and read by several readers each, all in this process. Which store keeps them does not matter.
/// </summary>
internal sealed class KeptLoad
{
    private const string Word = "word ";
    private const int SlowestMilliseconds = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    private readonly CountingStore _store;
    private readonly ChatStreamRelay _relay;
    private readonly (int Streams, int Readers, int Chunks) _size;
    private readonly long[] _delays = new long[SlowestMilliseconds + 1]; // how many chunks reached a reader after so many milliseconds
    private int _complete;

    private KeptLoad(IChatStreamStore store, (int Streams, int Readers, int Chunks) size)
    {
        _store = new CountingStore(store);
        _relay = new ChatStreamRelay(_store);
        _size = size;
    }

    /// <summary>Produces and reads all streams to their end.</summary>
    public static async Task<KeptMeasurement> MeasureAsync(IChatStreamStore store, (int Streams, int Readers, int Chunks) size)
    {
        await new KeptLoad(store, (Math.Min(size.Streams, 50), size.Readers, 40)).RunAsync(); // compiles the code
        return await new KeptLoad(store, size).RunAsync();
    }

    private async Task<KeptMeasurement> RunAsync()
    {
        using var process = Process.GetCurrentProcess();
        long memoryBefore = GC.GetTotalMemory(forceFullCollection: true);
        TimeSpan processorBefore = process.TotalProcessorTime;
        long begun = Stopwatch.GetTimestamp();
        string run = Guid.NewGuid().ToString();
        Task all = Task.WhenAll(Enumerable.Range(0, _size.Streams).Select(i => Task.Run(() => RunStreamAsync($"{run} {i}"))));
        long managed = 0, workingSet = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (!all.IsCompleted)
        {
            await timer.WaitForNextTickAsync();
            process.Refresh();
            managed = Math.Max(managed, GC.GetTotalMemory(forceFullCollection: false) - memoryBefore);
            workingSet = Math.Max(workingSet, process.WorkingSet64);
        }

        await all;
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        process.Refresh();
        return new KeptMeasurement
        {
            Complete = _complete,
            Seconds = seconds,
            ProcessorSeconds = (process.TotalProcessorTime - processorBefore).TotalSeconds,
            WorkingSet = workingSet,
            Managed = managed,
            Median = Percentile(0.5),
            Slow = Percentile(0.99),
            Slowest = Array.FindLastIndex(_delays, count => count > 0),
            Appends = _store.Appends / seconds,
            Reads = _store.Reads / seconds,
            Others = _store.Others / seconds,
        };
    }

    private async Task RunStreamAsync(string conversation)
    {
        long[] produced = new long[_size.Chunks];
        ChatStreamLease lease =
            (await _relay.BeginAsync(new ChatStreamBeginRequest { Owner = "o", Conversation = conversation, Digest = "d" })).Lease!;
        Task[] readers = [.. Enumerable.Range(0, _size.Readers).Select(_ => ReadAsync(lease.StreamId, produced))];
        await _relay.ProduceAsync(lease, _ => AnswerAsync(produced));
        await Task.WhenAll(readers);
    }

    private async Task ReadAsync(string streamId, long[] produced)
    {
        int chunk = 0;
        await foreach (ChatStreamItem item in _relay.ReadAsync(streamId))
        {
            long now = Stopwatch.GetTimestamp();
            for (int end = (item.Delta.TextOffset + item.Delta.Text.Length) / Word.Length; chunk < end; chunk++)
            {
                double milliseconds = Stopwatch.GetElapsedTime(Volatile.Read(ref produced[chunk]), now).TotalMilliseconds;
                Interlocked.Increment(ref _delays[Math.Min((int)milliseconds, SlowestMilliseconds)]);
            }
        }

        if (chunk == produced.Length) Interlocked.Increment(ref _complete);
    }

    private async IAsyncEnumerable<ChatDelta> AnswerAsync(long[] produced, [EnumeratorCancellation] CancellationToken stopped = default)
    {
        // The streams do not begin all at the same moment.
        await Task.Delay(Interval * Random.Shared.NextDouble(), TimeProvider.System, stopped);
        using var timer = new PeriodicTimer(Interval);
        for (int i = 0; i < _size.Chunks; i++)
        {
            await timer.WaitForNextTickAsync(stopped);
            Volatile.Write(ref produced[i], Stopwatch.GetTimestamp());
            yield return new ChatDelta { Text = Word, TextOffset = i * Word.Length };
        }
    }

    private double Percentile(double part)
    {
        long wanted = (long)(part * _delays.Sum()), count = 0;
        for (int i = 0; i < _delays.Length; i++)
        {
            count += _delays[i];
            if (count > wanted) return i;
        }

        return SlowestMilliseconds;
    }
}

/// <summary>What a load took. Times behind the producer are in milliseconds, the operations of the store are per second.</summary>
internal sealed record KeptMeasurement
{
    /// <summary>How many readers got everything.</summary>
    public int Complete { get; init; }

    public double Seconds { get; init; }

    public double ProcessorSeconds { get; init; }

    public double WorkingSet { get; init; }

    public double Managed { get; init; }

    public double Median { get; init; }

    public double Slow { get; init; }

    public double Slowest { get; init; }

    public double Appends { get; init; }

    public double Reads { get; init; }

    public double Others { get; init; }

    public static KeptMeasurement Parse(string line)
    {
        double[] values = [.. line.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
        return new KeptMeasurement
        {
            Complete = (int)values[0],
            Seconds = values[1],
            ProcessorSeconds = values[2],
            WorkingSet = values[3],
            Managed = values[4],
            Median = values[5],
            Slow = values[6],
            Slowest = values[7],
            Appends = values[8],
            Reads = values[9],
            Others = values[10],
        };
    }

    public string Format() => string.Join(' ', new[]
    {
        Complete, Seconds, ProcessorSeconds, WorkingSet, Managed, Median, Slow, Slowest, Appends, Reads, Others,
    }.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
