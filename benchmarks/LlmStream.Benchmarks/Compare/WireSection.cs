using System.Buffers;
using LlmStream.AspNetCore;
using LlmStream.AspNetCore.Wires;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>What it costs to encode a delta for the browser, without reading it from the provider and without sending it.</summary>
internal sealed class WireSection : Section
{
    private const double MaxNanoseconds = 150;
    private const double MaxBytes = 0.5; // of the answer as a whole, spread over its deltas

    public override string Name => "wires";

    public override string Title =>
        "Wires: processor time of encoding a delta in nanoseconds, and bytes allocated, without the delta itself";

    public override async Task RunAsync(Scale scale, Report report)
    {
        (string Name, Func<int, SampleStream> Create, bool HasGoal)[] rows =
        [
            ("text", ProviderStreams.OpenAI, true),
            ("Chinese", ProviderStreams.HunyuanCompatible, true),
            ("text, all of it with escapes", Pathologies.Escapes, false),
            ("arguments of a tool call", ToolStreams.OpenAI, false),
        ];
        ChatWire[] wires = [.. ChatWire.All];
        var table = new TextTable(
            ["deltas of", "deltas", .. wires.Select(wire => wire.Name), .. wires.Select(wire => wire.Name + ", bytes"), "noise"]);
        foreach ((string name, Func<int, SampleStream> create, bool hasGoal) in rows)
        {
            ChatDelta[] deltas = await ReadAsync(create(scale.RowChunks)), half = deltas[..(deltas.Length / 2)];
            Func<Task>[] runs = [.. wires.Select(wire => (Func<Task>)(() => EncodeAsync(wire, deltas)))];
            await Rounds.WarmUpAsync(runs, scale);
            IReadOnlyList<double[]> times = await Rounds.MeasureAsync(runs, scale);
            double[] nanoseconds = [.. times.Select(rounds => rounds.Median() / deltas.Length)];
            double[] bytes =
            [
                .. wires.Select(wire => (double)(MeasureBytes(wire, deltas) - MeasureBytes(wire, half)) / (deltas.Length - half.Length)),
            ];
            table.Add(
                [
                    name,
                    Format(deltas.Length),
                    .. nanoseconds.Select(value => Format(value)),
                    .. bytes.Select(value => Format(value, "0.#")),
                    Format(times.Max(rounds => rounds.RelativeSpread()), "0 %"),
                ]);
            if (!hasGoal) continue;
            int slowest = Array.IndexOf(nanoseconds, nanoseconds.Max()), largest = Array.IndexOf(bytes, bytes.Max());
            report.Add(Goal.AtMost($"{name}: encoding a delta, {wires[slowest].Name}", nanoseconds[slowest], MaxNanoseconds, "ns"));
            report.Add(Goal.AtMost($"{name}: allocated per delta, {wires[largest].Name}", bytes[largest], MaxBytes, "bytes"));
        }

        report.Add(table);
        report.Add("The wire ui-messages sends the arguments of a call once more as a whole, and collects them until then.");
    }

    private static async Task<ChatDelta[]> ReadAsync(SampleStream stream)
    {
        await using Stream body = stream.Open();
        return await ChatStreamReader.ReadAsync(body, ChatDialect.OpenAI).ToArrayAsync();
    }

    private static Task EncodeAsync(ChatWire wire, ChatDelta[] deltas)
    {
        Encode(wire, deltas);
        return Task.CompletedTask;
    }

    private static void Encode(ChatWire wire, ChatDelta[] deltas)
    {
        var context = new WireContext
        {
            MessageId = "0198c5f2-7d5e-7a11-9c3e-5b8f2d1a6e47",
            ConversationId = "0198c5f2-7d5e-7a11-9c3e-5b8f2d1a6e48",
            RunId = "0198c5f2-7d5e-7a11-9c3e-5b8f2d1a6e49",
            Created = DateTimeOffset.UnixEpoch,
        };
        using WireEncoder encoder = wire.CreateEncoder(Output.Instance, context);
        encoder.Begin();
        foreach (ChatDelta delta in deltas) encoder.Add(delta);
        encoder.Complete();
    }

    private static long MeasureBytes(ChatWire wire, ChatDelta[] deltas)
    {
        Encode(wire, deltas);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Encode(wire, deltas);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>An output that forgets what was written, and does not grow.</summary>
    private sealed class Output : IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[1024 * 1024];

        public static Output Instance { get; } = new();

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
