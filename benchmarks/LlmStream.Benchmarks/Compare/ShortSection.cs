using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Short answers, each of which is a request of its own.</summary>
internal sealed class ShortSection : Section
{
    private const int Chunks = 30;
    private const double MinOpenAI = 8;
    private const double MinResponses = 6;
    private const double MinAnthropic = 12;

    public override string Name => "short";

    public override string Title =>
        $"Short answers: processor time per chunk of answers of {Chunks} chunks in nanoseconds, and bytes allocated";

    public override async Task RunAsync(Scale scale, Report report)
    {
        var client = new LlmStreamClientReader();
        List<Comparison> comparisons =
        [
            Create("OpenAI", [ProviderStreams.OpenAI(Chunks)], client, new OpenAIPackageReader(), MinOpenAI),
            Create("Responses", [DialectStreams.Responses(Chunks)], client, new ResponsesPackageReader(), MinResponses),
            Create("Anthropic", [ProviderStreams.Anthropic(Chunks)], client, new AnthropicPackageReader(), MinAnthropic),
            Create(
                "OpenAI, AsIChatClient",
                [ProviderStreams.OpenAI(Chunks)],
                ChatClientReader.LlmStream("openai"),
                ChatClientReader.OpenAIPackage(),
                null),
            Create("OpenAI, tool call", [ToolStreams.OpenAI(Chunks)], client, new OpenAIPackageReader(), null),
        ];
        comparisons.AddRange(await CreateRecordedAsync(client, scale));
        await Comparer.RunAsync(comparisons, "answer", scale, report);
        report.Add("""
            Each answer is a new request and a new stream; bytes include what these allocate. “recorded” are all complete streams in
            ../shared/corpus, if it is there, in which the package reads the same text.
            """);
    }

    private static async Task<IReadOnlyList<Comparison>> CreateRecordedAsync(Reader client, Scale scale)
    {
        (string Name, string Family, ChatDialect Dialect, Reader Package, double Minimum)[] families =
        [
            ("OpenAI", "openai-chat", ChatDialect.OpenAI, new OpenAIPackageReader(), MinOpenAI),
            ("Responses", "openai-responses", ChatDialect.Responses, new ResponsesPackageReader(), MinResponses),
            ("Anthropic", "anthropic-messages", ChatDialect.Anthropic, new AnthropicPackageReader(), MinAnthropic),
        ];
        List<Comparison> recorded = [];
        foreach ((string name, string family, ChatDialect dialect, Reader package, double minimum) in families)
        {
            if (await Corpus.LoadAsync(family, dialect, package) is not { ReadByPackage: { Count: > 0 } streams }) continue;
            IReadOnlyList<SampleStream> some = scale.IsMeaningful ? streams : [.. streams.Take(5)];
            recorded.Add(Create($"{name}, {some.Count} recorded", some, client, package, minimum));
        }

        return recorded;
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
