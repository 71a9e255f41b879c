using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Text through <c>Microsoft.Extensions.AI.IChatClient</c>, compared with other implementations of it.</summary>
internal sealed class ChatClientSection : Section
{
    private const double MaxBytes = 350;

    public override string Name => "ichatclient";

    public override string Title => "IChatClient: processor time of a chunk of text in nanoseconds, and bytes allocated";

    public override async Task RunAsync(Scale scale, Report report)
    {
        await Comparer.RunAsync(
            [
                Create("OpenAI", ProviderStreams.OpenAI, ChatClientReader.LlmStream("openai"), ChatClientReader.OpenAIPackage(), 15, scale),
                Create(
                    "OpenAI, UseFunctionInvocation",
                    ProviderStreams.OpenAI,
                    ChatClientReader.LlmStream("openai", invokesFunctions: true),
                    ChatClientReader.OpenAIPackage(invokesFunctions: true),
                    null,
                    scale),
                Create("Ollama", DialectStreams.Ollama, ChatClientReader.LlmStream("ollama"), ChatClientReader.OllamaSharp(), 5, scale),
            ],
            "stream",
            scale,
            report);
        report.Add("“LlmStream” is LlmStreamClient.AsIChatClient(). “reader” is LlmStreamClient.StreamAsync on the same stream.");
    }

    private static Comparison Create(
        string name, Func<int, SampleStream> create, Reader llmStream, Reader package, double? minimum, Scale scale) =>
        Comparison.OfOneStream(name, create, llmStream, package, minimum, scale) with
        {
            Below = new LlmStreamClientReader(),
            MaxBytes = minimum is null ? null : MaxBytes,
        };
}
