using System.Runtime;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// Measures processor time in interleaved rounds: in each round every candidate has a short turn, each round starts with another
/// candidate, and medians are taken over the rounds, so that other load on the machine affects all candidates equally.
/// </summary>
/// <remarks>
/// The time of the whole process is measured, so that work of the garbage collector and of other threads counts. Before each turn, the
/// garbage of the previous turn is collected.
/// </remarks>
internal static class Rounds
{
    // Processor time, since on a busy machine the JIT compiler has to wait too.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MaxWarmUp = TimeSpan.FromSeconds(40);

    // The number of runs between two reads of the time is doubled until this fraction of the turn has passed.
    private const int BatchesPerTurn = 16;

    /// <summary>
    /// Runs all candidates in turn until the JIT compiler has compiled nothing for a while, since its time would count as that of a
    /// candidate. The compiler optimizes for what it has seen; here that is all streams, as in a program that uses several providers.
    /// Short streams are best, since methods that are called once per stream are optimized only after many calls.
    /// </summary>
    public static async Task WarmUpAsync(IReadOnlyList<Func<Task>> candidates, Scale scale)
    {
        if (!scale.IsMeaningful) return;
        TimeSpan start = Environment.CpuUsage.TotalTime;
        TimeSpan now = start, quietSince = start;
        long compiled = JitInfo.GetCompiledMethodCount();
        while (now - quietSince < QuietTime && now - start < MaxWarmUp)
        {
            foreach (Func<Task> candidate in candidates) await candidate();
            now = Environment.CpuUsage.TotalTime;
            long count = JitInfo.GetCompiledMethodCount();
            if (count != compiled) quietSince = now;
            compiled = count;
        }
    }

    /// <summary>Measures the time of one run in nanoseconds, by candidate and round.</summary>
    public static async Task<IReadOnlyList<double[]>> MeasureAsync(IReadOnlyList<Func<Task>> candidates, Scale scale)
    {
        double[][] times = [.. candidates.Select(_ => new double[scale.Rounds])];
        foreach (Func<Task> candidate in candidates) await MeasureTurnAsync(candidate, scale.Turn);
        for (int round = 0; round < scale.Rounds; round++)
        {
            for (int i = 0; i < candidates.Count; i++)
            {
                int index = (i + round) % candidates.Count;
                times[index][round] = await MeasureTurnAsync(candidates[index], scale.Turn);
            }
        }

        return times;
    }

    /// <summary>The median of the ratios of two candidates in each round.</summary>
    public static double MedianRatio(IReadOnlyList<double> dividends, IReadOnlyList<double> divisors) =>
        dividends.Zip(divisors, static (dividend, divisor) => dividend / divisor).Median();

    /// <summary>
    /// Measures the time of one run in nanoseconds, over as many runs as take at least the given time. The processor time is read only
    /// after several runs: a read takes about a microsecond, which would count as that of the candidate.
    /// </summary>
    public static async Task<double> MeasureTurnAsync(Func<Task> run, TimeSpan minimum)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        TimeSpan elapsed;
        int runs = 0;
        int batch = 1;
        do
        {
            for (int i = 0; i < batch; i++) await run();
            runs += batch;
            elapsed = Environment.CpuUsage.TotalTime - start;
            if (elapsed * BatchesPerTurn < minimum) batch *= 2;
        }
        while (elapsed < minimum);
        return elapsed.TotalNanoseconds / runs;
    }
}
