using System.Globalization;
using LlmStream.Benchmarks.Kept;
using LlmStream.Benchmarks.Loopback;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Compare;

/// <summary>
/// Kept streams with several readers each, at 40 chunks a second. Producers, readers and store are in one process, except that a Redis server
/// is measured if there is one (<see cref="KeptStores.RedisVariable"/>).
/// </summary>
internal sealed class KeptSection : Section
{
    private const double MiB = 1024 * 1024;
    private const double MaxWorkingSet = 1024; // MiB

    public override string Name => "kept";

    public override string Title => "Kept streams: memory, processor time and delay with many readers, at 40 chunks a second and stream";

    public override async Task RunAsync(Scale scale, Report report)
    {
        (int streams, int readers, int chunks) = scale.Kept;
        string[] stores = Environment.GetEnvironmentVariable(KeptStores.RedisVariable) is { Length: > 0 } redis
            ? [KeptStores.Memory, redis]
            : [KeptStores.Memory];
        var table = new TextTable(
            "store", "streams", "readers", "time", "processor", "per chunk and reader", "working set", "managed", "p50 behind", "p99", "max",
            "appends/s", "reads/s", "others/s");
        foreach (string store in stores)
        {
            using var child = new ChildProcess(
                [ChildProgram.Keep, store, .. new[] { streams, readers, chunks }.Select(n => n.ToString(CultureInfo.InvariantCulture))]);
            KeptMeasurement measured = KeptMeasurement.Parse(await child.ReadLineAsync());
            if (measured.Complete != streams * readers)
                throw new IncorrectReadException($"With {store}, {measured.Complete} of {streams * readers} readers got the whole answer.");
            table.Add(
                store,
                Format(streams),
                Format(streams * readers),
                Format(measured.Seconds, "0.0", " s"),
                Format(measured.ProcessorSeconds, "0.0", " s"),
                Format(measured.ProcessorSeconds * 1e6 / ((double)streams * readers * chunks), "0.0", " µs"),
                Format(measured.WorkingSet / MiB, unit: " MiB"),
                Format(measured.Managed / MiB, unit: " MiB"),
                Format(measured.Median, unit: " ms"),
                Format(measured.Slow, unit: " ms"),
                Format(measured.Slowest, unit: " ms"),
                Format(measured.Appends),
                Format(measured.Reads),
                Format(measured.Others));
            report.Add(Goal.AtMost($"working set with {streams} kept streams in {store}", measured.WorkingSet / MiB, MaxWorkingSet, "MiB"));
        }

        report.Add(table);
    }
}
