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
        List<Comparison> comparisons =
        [
            Create("OpenAI", [ProviderStreams.OpenAI(Chunks)], null, new OpenAIPackageReader(), MinOpenAI),
            Create("Responses", [DialectStreams.Responses(Chunks)], null, new ResponsesPackageReader(), MinResponses),
            Create("Anthropic", [ProviderStreams.Anthropic(Chunks)], null, new AnthropicPackageReader(), MinAnthropic),
            Create(
                "OpenAI, AsIChatClient",
                [ProviderStreams.OpenAI(Chunks)],
                ChatClientReader.LlmStream("openai"),
                ChatClientReader.OpenAIPackage(),
                null),
            Create("OpenAI, tool call", [ToolStreams.OpenAI(Chunks)], null, new OpenAIPackageReader(), null),
        ];
        comparisons.AddRange(await CreateRecordedAsync(scale));
        await Comparer.RunAsync(comparisons, "answer", scale, report);
        report.Add("""
            Each answer is a new request and a new stream; bytes include what these allocate. “recorded” are all complete streams in
            ../shared/corpus, if it is there, in which the package reads the same text; there is a client for each provider.
            """);
    }

    private static async Task<IReadOnlyList<Comparison>> CreateRecordedAsync(Scale scale)
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
            recorded.Add(Create($"{name}, {some.Count} recorded", some, null, package, minimum));
        }

        return recorded;
    }

    /// <param name="name">The name of the row.</param>
    /// <param name="streams">The answers.</param>
    /// <param name="llmStream">Null for new clients, which have learned nothing from the streams of other providers.</param>
    /// <param name="package">Reads with the package.</param>
    /// <param name="minimum">The goal, or null.</param>
    private static Comparison Create(
        string name, IReadOnlyList<SampleStream> streams, Reader? llmStream, Reader package, double? minimum) => new()
        {
            Name = name,
            Streams = streams,
            LlmStream = llmStream ?? new LlmStreamClientReader(),
            Package = package,
            Framing = new FramingReader(),
            Below = new LlmStreamReader(),
            MinPackageRatio = minimum,
        };
}
