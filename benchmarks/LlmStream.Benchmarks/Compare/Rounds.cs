using System.Runtime;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// Processor time, measured in short turns: in every round each has its turn, each round begins with another, and medians are
/// taken over the rounds. What else the machine does hits all alike.
/// </summary>
/// <remarks>
/// It is the time of the whole process, so that what a contestant leaves to the garbage collector or to other threads counts
/// as its own; the garbage of the turn before is collected before the clock starts.
/// </remarks>
internal static class Rounds
{
    // Of processor time: on a busy machine the compiler, too, waits for its turn.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Runs everything by turns until for a while the compiler has had nothing to do: its time would count as a contestant's. It
    /// compiles for what it has seen, and here it sees all streams, as a program does that speaks with several services. Short
    /// streams are best: what is called once a stream is compiled well only when it has been called often.
    /// </summary>
    public static async Task WarmUpAsync(IReadOnlyList<Func<Task>> contestants, Scale scale)
    {
        if (!scale.Judges) return;
        TimeSpan start = Environment.CpuUsage.TotalTime;
        TimeSpan now = start, quietSince = start;
        long compiled = JitInfo.GetCompiledMethodCount();
        while (now - quietSince < Quiet && now - start < LongestWarmUp)
        {
            foreach (Func<Task> contestant in contestants) await contestant();
            now = Environment.CpuUsage.TotalTime;
            long count = JitInfo.GetCompiledMethodCount();
            if (count != compiled) quietSince = now;
            compiled = count;
        }
    }

    /// <summary>The time of one run in nanoseconds: by contestant, then by round.</summary>
    public static async Task<IReadOnlyList<double[]>> RunAsync(IReadOnlyList<Func<Task>> contestants, Scale scale)
    {
        double[][] times = [.. contestants.Select(_ => new double[scale.Rounds])];
        foreach (Func<Task> contestant in contestants) await TurnAsync(contestant, scale.Turn);
        for (int round = 0; round < scale.Rounds; round++)
        {
            for (int i = 0; i < contestants.Count; i++)
            {
                int turn = (i + round) % contestants.Count;
                times[turn][round] = await TurnAsync(contestants[turn], scale.Turn);
            }
        }

        return times;
    }

    /// <summary>The ratio of two contestants, round by round, and of these the median.</summary>
    public static double Ratio(IReadOnlyList<double> one, IReadOnlyList<double> other) => one.Zip(other, static (a, b) => a / b).Median();

    private static async Task<double> TurnAsync(Func<Task> run, TimeSpan atLeast)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        TimeSpan spent;
        int runs = 0;
        do
        {
            await run();
            runs++;
            spent = Environment.CpuUsage.TotalTime - start;
        }
        while (spent < atLeast);
        return spent.TotalNanoseconds / runs;
    }
}
