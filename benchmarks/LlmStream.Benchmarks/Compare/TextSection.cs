using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Text in every dialect, compared with the package that one would use instead.</summary>
internal sealed class TextSection : Section
{
    private const double MaxFramingRatio = 2.5;
    private const double MaxReferenceRatio = 1.5;

    public override string Name => "text";

    public override string Title => "Text: processor time of a chunk in nanoseconds, and bytes allocated, by dialect";

    public override async Task RunAsync(Scale scale, Report report)
    {
        var openAI = new OpenAIPackageReader();
        (Func<int, SampleStream> Create, Reader? Package, double? MinPackageRatio)[] rows =
        [
            (ProviderStreams.OpenAI, openAI, 15),
            (ProviderStreams.EscapedChinese, openAI, 15),
            (DialectStreams.Responses, new ResponsesPackageReader(), 12),
            (ProviderStreams.Anthropic, new AnthropicPackageReader(), 15),
            (ProviderStreams.DashScope, null, null),
            (DialectStreams.Gemini, null, null),
            (DialectStreams.Cohere, null, null),
            (DialectStreams.Bedrock, null, null),
            (DialectStreams.Ollama, null, null),
        ];
        var client = new LlmStreamClientReader();
        var reader = new LlmStreamReader();
        SampleStream anthropic = ProviderStreams.Anthropic(scale.RowChunks);
        Comparison[] comparisons =
        [
            .. rows.Select(row =>
            {
                Comparison comparison = Comparison.OfOneStream("", row.Create, client, row.Package, row.MinPackageRatio, scale);
                SampleStream stream = comparison.Streams[0];
                bool isCompared = row.Package is null && stream.Dialect != "ollama"; // Ollama is compared in another section
                return comparison with
                {
                    Name = stream.Name,
                    Below = reader,
                    Reference = isCompared ? anthropic : null,
                    MaxFramingRatio = MaxFramingRatio,
                    // Finding the long native events of DashScope alone costs more than reading those of Anthropic.
                    MaxReferenceRatio = isCompared && stream.Dialect != "dashscope" ? MaxReferenceRatio : null,
                };
            }),
        ];
        await Comparer.RunAsync(comparisons, "stream", scale, report);
        report.Add("""
            “LlmStream” is LlmStreamClient.StreamAsync, which sends a request, as the packages do; “reader” is ChatStreamReader, which does
            not. “framing” only finds the events; of Bedrock's it also verifies the checksums. There is no package for .NET that reads
            DashScope, Gemini, Cohere or Bedrock as a stream of text that is compared here. “LlmStream / Anthropic” is the cost of a chunk
            compared with one of Anthropic's, same run.
            """);
    }
}
