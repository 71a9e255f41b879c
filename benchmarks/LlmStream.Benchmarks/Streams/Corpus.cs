using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using LlmStream.Benchmarks.Readers;

namespace LlmStream.Benchmarks.Streams;

/// <summary>
/// The recorded streams of <c>../shared/corpus</c>, if they are beside the repository: complete streams of one dialect that are
/// server-sent events. <c>expected.jsonl</c> lists the content of each.
/// </summary>
internal sealed class Corpus
{
    private readonly List<SampleStream> _all = [];
    private readonly List<SampleStream> _readByPackage = [];

    private Corpus()
    {
    }

    public IReadOnlyList<SampleStream> All => _all;

    public IReadOnlyList<SampleStream> ReadByPackage => _readByPackage;

    /// <summary>The number of files that are not included, because they end in an error or early.</summary>
    public int Omitted { get; private set; }

    /// <summary>Loads the streams, and determines which of them a package can read.</summary>
    /// <param name="family">The name of the dialect in <c>expected.jsonl</c>.</param>
    /// <param name="dialect">The dialect.</param>
    /// <param name="package">Reads with the package.</param>
    /// <returns>The streams, or null if the directory does not exist.</returns>
    /// <exception cref="IncorrectReadException">LlmStream reads other content than <c>expected.jsonl</c> says.</exception>
    public static async Task<Corpus?> LoadAsync(string family, ChatDialect dialect, Reader package)
    {
        if (Repository.Shared is not { } shared) return null;
        string directory = Path.Combine(shared, "corpus");
        var corpus = new Corpus();
        foreach (string line in File.ReadLines(Path.Combine(directory, "expected.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement expected = document.RootElement;
            string file = expected.GetProperty("file").GetString()!;
            if (expected.GetProperty("family").GetString() != family || !file.EndsWith(".sse", StringComparison.Ordinal)) continue;
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(directory, file));
            if (await CreateStreamAsync(file, bytes, dialect, expected) is not { } stream)
            {
                corpus.Omitted++;
                continue;
            }

            bool isReadByPackage = await CanReadAsync(package, stream);
            stream = stream with { IsReadByOpenAIPackage = isReadByPackage && package is OpenAIPackageReader };
            corpus._all.Add(stream);
            if (isReadByPackage) corpus._readByPackage.Add(stream);
        }

        return corpus;
    }

    private static async Task<SampleStream?> CreateStreamAsync(
        string file, byte[] bytes, ChatDialect dialect, JsonElement expected)
    {
        var totals = new ReadTotals(hashText: true);
        Dictionary<int, (StringBuilder Text, StringBuilder Reasoning)> choices = [];
        try
        {
            await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(new MemoryStream(bytes), dialect))
            {
                if (!choices.TryGetValue(delta.ChoiceIndex, out (StringBuilder Text, StringBuilder Reasoning) choice))
                    choices[delta.ChoiceIndex] = choice = (new(), new());
                choice.Text.Append(delta.Text);
                choice.Reasoning.Append(delta.Reasoning);
                totals.AddText(delta.Text);
                totals.AddReasoning(delta.Reasoning);
            }
        }
        catch (ChatStreamException)
        {
            return null;
        }

        foreach (JsonProperty choice in expected.GetProperty("choices").EnumerateObject())
        {
            int index = int.Parse(choice.Name, CultureInfo.InvariantCulture);
            (StringBuilder? text, StringBuilder? reasoning) = choices.GetValueOrDefault(index);
            if ((text?.ToString() ?? "") != choice.Value.GetProperty("text").GetString()
                || (reasoning?.ToString() ?? "") != choice.Value.GetProperty("reasoning").GetString())
                throw new IncorrectReadException($"LlmStream does not read the expected content of {file}.");
        }

        int[] events = await SseParser.Create(new MemoryStream(bytes), static (_, data) => data.Length)
            .EnumerateAsync().Select(item => item.Data).ToArrayAsync();
        return new SampleStream
        {
            Name = file,
            Dialect = dialect.Name,
            Provider = Path.GetDirectoryName(file)!,
            Segments = [bytes],
            Length = bytes.Length,
            Chunks = events.Length,
            Text = totals.Text,
            Reasoning = totals.Reasoning,
            Payload = events.Sum(),
        };
    }

    private static async Task<bool> CanReadAsync(Reader package, SampleStream stream)
    {
        try
        {
            await package.VerifyAsync(stream);
            return true;
        }
        catch (IncorrectReadException)
        {
            return false;
        }
    }
}
