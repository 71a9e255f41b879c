using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Whether a byte costs no more in a long stream than in a short one, however the bytes come.</summary>
/// <remarks>
/// Where a longer stream has larger events, a byte costs less in it, since an event's envelope weighs less: so it is with cumulative
/// streams. What must not be is that it costs more.
/// </remarks>
internal sealed class LinearSection : Section
{
    private const double Within = 1.2;
    private const int WarmUpBytes = 64 * 1024;

    private static readonly int[] ReadSizes = [64, 1_460, 16 * 1024];

    public override string Name => "linear";

    public override string Title => "Linear: processor time of a byte received in nanoseconds, by length of the stream and size of the reads";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        (string Where, double Growth) worst = ("", 0);
        var framing = new FramingAlone();
        var llmStream = new LlmStreamReader();
        foreach ((Func<long, KnownStream> make, IReadOnlyList<long> sizes) in new (Func<long, KnownStream>, IReadOnlyList<long>)[]
            { (LongStreams.Increments, scale.Sizes), (LongStreams.Cumulative, scale.Sizes), (LongStreams.OneEvent, scale.EventSizes) })
        {
            KnownStream[] streams = [.. sizes.Select(make)];
            KnownStream warmUp = make(WarmUpBytes);
            await Rounds.WarmUpAsync([() => framing.ReadAsync(warmUp), () => llmStream.ReadAsync(warmUp)], scale);
            var table = new TextTable([streams[0].Name, .. sizes.Select(Size), "growth", "noise", .. sizes.Select(size => "framing " + Size(size))]);
            foreach (int readSize in ReadSizes)
            {
                KnownStream[] read = [.. streams.Select(stream => stream with { ReadSize = readSize })];
                foreach (KnownStream stream in read)
                {
                    await framing.GuardAsync(stream);
                    await llmStream.GuardAsync(stream);
                }

                IReadOnlyList<double[]> times = await Rounds.RunAsync(
                    [.. new Contestant[] { llmStream, framing }.SelectMany(reader => read.Select(stream => (Func<Task>)(() => reader.ReadAsync(stream))))], scale);
                double[][] perByte = [.. times.Select((rounds, i) => rounds.Select(time => time / streams[i % streams.Length].Length).ToArray())];
                double[] ours = [.. perByte.Take(streams.Length).Select(rounds => rounds.Median())];
                double growth = ours.Skip(1).Select((later, i) => later / ours.Take(i + 1).Min()).Max();
                string row = $"reads of {Number(readSize)} bytes";
                if (growth > worst.Growth) worst = ($"{streams[0].Name}, {row}", growth);
                table.Add([
                    row,
                    .. ours.Select(Nanoseconds),
                    Number(growth, "0.00"),
                    Number(perByte.Take(streams.Length).Max(rounds => rounds.Spread()), "0 %"),
                    .. perByte.Skip(streams.Length).Select(rounds => Nanoseconds(rounds.Median())),
                ]);
            }

            output.WriteLine(table);
        }

        output.WriteLine("  “growth” is what a byte of a longer stream costs to that of a shorter one; “noise” is how far the middle half of the rounds lies apart.");
        return [Goal.Most($"a byte of a longer stream costs, to that of a shorter one (worst: {worst.Where})", worst.Growth, Within)];
    }

    private static string Size(long bytes) => bytes >= 1024 * 1024 ? $"{bytes / (1024 * 1024)} MiB" : $"{bytes / 1024} KiB";

    private static string Nanoseconds(double value) => Number(value, "0.000");
}
