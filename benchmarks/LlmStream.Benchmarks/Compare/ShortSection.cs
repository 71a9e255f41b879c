using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Short answers, each of which is a request of its own.</summary>
internal sealed class ShortSection : Section
{
    private const int Chunks = 30;

    public override string Name => "short";

    public override string Title =>
        $"Short answers: processor time per chunk of answers of {Chunks} chunks in nanoseconds, and bytes allocated";

    public override async Task RunAsync(Scale scale, Report report)
    {
        var client = new LlmStreamClientReader();
        List<Comparison> comparisons =
        [
            Create("OpenAI", [ProviderStreams.OpenAI(Chunks)], client, new OpenAIPackageReader(), 8),
            Create("Responses", [DialectStreams.Responses(Chunks)], client, new ResponsesPackageReader(), 6),
            Create("Anthropic", [ProviderStreams.Anthropic(Chunks)], client, new AnthropicPackageReader(), 12),
            Create(
                "OpenAI, AsIChatClient",
                [ProviderStreams.OpenAI(Chunks)],
                ChatClientReader.LlmStream("openai"),
                ChatClientReader.OpenAIPackage(),
                null),
            Create("OpenAI, tool call", [ToolStreams.OpenAI(Chunks)], client, new OpenAIPackageReader(), null),
        ];
        await Comparer.RunAsync(comparisons, "answer", scale, report);
        report.Add("Each answer is a new request and a new stream; bytes include what these allocate.");
    }

    private static Comparison Create(
        string name, IReadOnlyList<SampleStream> streams, Reader llmStream, Reader package, double? minimum) => new()
    {
        Name = name,
        Streams = streams,
        LlmStream = llmStream,
        Package = package,
        Framing = new FramingReader(),
        Below = new LlmStreamReader(),
        MinPackageRatio = minimum,
    };
}
