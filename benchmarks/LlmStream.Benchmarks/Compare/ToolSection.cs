using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Arguments of tool calls, which arrive in fragments.</summary>
internal sealed class ToolSection : Section
{
    private const double MaxBytes = 150;
    private const double MaxGrowth = 1.2;

    public override string Name => "tools";

    public override string Title => "Tool calls: processor time of a fragment of the arguments in nanoseconds, and bytes allocated";

    public override async Task RunAsync(Scale scale, Report report)
    {
        var client = new LlmStreamClientReader();
        Reader chatClient = ChatClientReader.LlmStream("openai");
        await Comparer.RunAsync(
            [
                Create("OpenAI", ToolStreams.OpenAI, client, new OpenAIPackageReader(), 8, scale) with { MaxBytes = MaxBytes },
                Create("OpenAI, AsIChatClient", ToolStreams.OpenAI, chatClient, ChatClientReader.OpenAIPackage(), 9, scale),
                Create("Responses", ToolStreams.Responses, client, new ResponsesPackageReader(), null, scale),
                Create("Anthropic", ToolStreams.Anthropic, client, new AnthropicPackageReader(), null, scale),
            ],
            "tool call",
            scale,
            report);
        await MeasureGrowthAsync([("StreamAsync", client), ("AsIChatClient", chatClient)], scale, report);
    }

    private static Comparison Create(
        string name, Func<int, SampleStream> create, Reader llmStream, Reader package, double? minimum, Scale scale) =>
        Comparison.OfOneStream(name, create, llmStream, package, minimum, scale) with
        {
            Below = llmStream is ChatClientReader ? null : new LlmStreamReader(),
        };

    /// <summary>Whether a fragment of a long call costs no more than one of a short call.</summary>
    private static async Task MeasureGrowthAsync((string Name, Reader Reader)[] readers, Scale scale, Report report)
    {
        SampleStream[] streams = [.. scale.ToolFragments.Select(ToolStreams.OpenAIInLongFragments)];
        IEnumerable<string> headings =
            streams.Select(stream => $"{Format(stream.Chunks)} fragments, {Format(stream.Arguments!.Value.Length / 1024)} KiB");
        var table = new TextTable(["one call of", .. headings, "growth"]);
        foreach ((string name, Reader reader) in readers)
        {
            foreach (SampleStream stream in streams) await reader.VerifyAsync(stream);
            Func<Task>[] runs = [.. streams.Select(stream => (Func<Task>)(() => reader.ReadAsync(stream)))];
            IReadOnlyList<double[]> times = await Rounds.MeasureAsync(runs, scale);
            double[][] perFragment = [.. times.Select((rounds, i) => rounds.Select(time => time / streams[i].Chunks).ToArray())];
            double growth = Rounds.MedianRatio(perFragment[^1], perFragment[0]);
            table.Add([name, .. perFragment.Select(rounds => Format(rounds.Median(), unit: " ns")), Format(growth, "0.00")]);
            report.Add(Goal.AtMost($"{name}: cost of a fragment of a long call / a short one", growth, MaxGrowth));
        }

        report.Add(table);
    }
}
