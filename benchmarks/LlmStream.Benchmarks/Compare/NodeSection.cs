using LlmStream.Benchmarks.Node;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The packages that one uses in JavaScript, on the same bytes, in the same run.</summary>
internal sealed class NodeSection : Section
{
    private const int ShortChunks = 30;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public override string Name => "node";

    public override string Title => "Node: processor time of a chunk in nanoseconds, with the packages of npm on the same bytes";

    public override async Task RunAsync(Scale scale, Report report)
    {
        if (NodeReader.GetMissing() is { } missing)
        {
            report.Add("Skipped. " + missing);
            return;
        }

        string[] clients = [.. NodeReader.Clients.Keys];
        var table = new TextTable(
            ["stream", "chunks", "LlmStream", "AsIChatClient", .. clients, .. clients.Select(client => client + " / LlmStream"), "noise"]);
        SampleStream[] streams =
        [
            ProviderStreams.OpenAI(scale.RowChunks),
            ToolStreams.OpenAI(scale.RowChunks),
            ProviderStreams.OpenAI(ShortChunks) with { Name = $"answers of {ShortChunks} chunks" },
        ];
        foreach (SampleStream stream in streams) await MeasureAsync(stream, clients, table, scale, report);
        report.Add(table);
        IEnumerable<string> packages =
            NodeReader.Clients.Values.SelectMany(packages => packages).Select(package => $"{package} {NodeReader.FindPackage(package)}");
        report.Add($"Node {NodeReader.FindVersion()}, {string.Join(", ", packages)}. “eventsource-parser” is with JSON.parse.");
    }

    private static async Task MeasureAsync(SampleStream stream, string[] clients, TextTable table, Scale scale, Report report)
    {
        Reader llmStream = new LlmStreamClientReader(), chatClient = ChatClientReader.LlmStream(stream.Dialect);
        await llmStream.VerifyAsync(stream);
        await chatClient.VerifyAsync(stream);
        using NodeReader node = await NodeReader.StartAsync(stream);
        Func<TimeSpan, Task<double>>[] candidates =
        [
            turn => Rounds.MeasureTurnAsync(() => llmStream.ReadAsync(stream), turn),
            turn => Rounds.MeasureTurnAsync(() => chatClient.ReadAsync(stream), turn),
            .. clients.Select(client => (Func<TimeSpan, Task<double>>)(turn => node.MeasureAsync(client, turn))),
        ];
        double[][] times = [.. candidates.Select(_ => new double[scale.Rounds])];
        foreach (Func<TimeSpan, Task<double>> measure in candidates) await measure(scale.IsMeaningful ? WarmUp : TimeSpan.Zero);
        for (int round = 0; round < scale.Rounds; round++)
        {
            for (int i = 0; i < candidates.Length; i++)
            {
                int index = (i + round) % candidates.Length;
                times[index][round] = await candidates[index](scale.Turn) / stream.Chunks;
            }
        }

        double[][] packages = times[(candidates.Length - clients.Length)..];
        double[] ratios = [.. packages.Select(package => Rounds.MedianRatio(package, times[0]))];
        table.Add(
            [
                stream.Name,
                Format(stream.Chunks),
                .. times.Select(rounds => Format(rounds.Median())),
                .. ratios.Select(ratio => Format(ratio, "0.0")),
                Format(times[0].RelativeSpread(), "0 %"),
            ]);
        foreach ((string client, double ratio) in clients.Zip(ratios))
            report.Add(Goal.AtLeast($"{stream.Name}: npm {client} / LlmStream", ratio, 1));
    }
}
