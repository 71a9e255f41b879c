using LlmStream.Benchmarks.Contestants;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Whether a byte costs the same in a long stream as in a short one, however the bytes come.</summary>
internal sealed class LinearSection : Section
{
    private const double Within = 1.2;

    private static readonly int[] ReadSizes = [64, 1_460, 16 * 1024];

    public override string Name => "linear";

    public override string Title => "Linear: processor time of a byte received in nanoseconds, by length of the stream and size of the reads";

    public override async Task<IReadOnlyList<Goal>> RunAsync(Scale scale, TextWriter output)
    {
        (KnownStream[] Streams, double Ratio, string Row)? worst = null;
        var framing = new FramingAlone();
        var llmStream = new LlmStreamReader();
        foreach ((Func<long, KnownStream> make, IReadOnlyList<long> sizes) in new (Func<long, KnownStream>, IReadOnlyList<long>)[]
            { (LongStreams.Increments, scale.Sizes), (LongStreams.Cumulative, scale.Sizes), (LongStreams.OneEvent, scale.EventSizes) })
        {
            KnownStream[] streams = [.. sizes.Select(make)];
            await Rounds.WarmUpAsync([() => framing.ReadAsync(streams[0]), () => llmStream.ReadAsync(streams[0])], scale);
            var table = new TextTable([streams[0].Name, .. sizes.Select(Size), "most / least", "noise", .. sizes.Select(size => "framing " + Size(size))]);
            foreach (int readSize in ReadSizes)
            {
                foreach (KnownStream stream in streams) await llmStream.GuardAsync(stream, readSize);
                IReadOnlyList<double[]> times = await Rounds.RunAsync(
                    [.. new Contestant[] { llmStream, framing }.SelectMany(reader => streams.Select(stream => (Func<Task>)(() => reader.ReadAsync(stream, readSize))))], scale);
                double[][] perByte = [.. times.Select((rounds, i) => rounds.Select(time => time / streams[i % streams.Length].Length).ToArray())];
                double[] ours = [.. perByte.Take(streams.Length).Select(rounds => rounds.Median())];
                double ratio = ours.Max() / ours.Min();
                string row = $"reads of {Number(readSize)} bytes";
                if (ratio > (worst?.Ratio ?? 0)) worst = (streams, ratio, row);
                table.Add([
                    row,
                    .. ours.Select(Nanoseconds),
                    Number(ratio, "0.00"),
                    Number(perByte.Take(streams.Length).Max(rounds => rounds.Spread()), "0 %"),
                    .. perByte.Skip(streams.Length).Select(rounds => Nanoseconds(rounds.Median())),
                ]);
            }

            output.WriteLine(table);
        }

        return [Goal.Most($"the dearest length costs a byte more than the cheapest (worst: {worst!.Value.Streams[0].Name}, {worst.Value.Row})", worst.Value.Ratio, Within)];
    }

    private static string Size(long bytes) => bytes >= 1024 * 1024 ? $"{bytes / (1024 * 1024)} MiB" : $"{bytes / 1024} KiB";

    private static string Nanoseconds(double value) => Number(value, "0.000");
}
