using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using LlmStream.Benchmarks.Contestants;

namespace LlmStream.Benchmarks.Streams;

/// <summary>
/// The recorded streams of <c>../shared/corpus</c>, where they are beside the repository: those of the <c>openai</c> dialect that come
/// as server-sent events and are complete. What each says, choice by choice, stands in the list beside them.
/// </summary>
internal sealed class Corpus
{
    private const string Family = "openai-chat";

    private readonly List<KnownStream> _all = [];
    private readonly List<KnownStream> _readByOpenAIPackage = [];

    private Corpus()
    {
    }

    public IReadOnlyList<KnownStream> All => _all;

    public IReadOnlyList<KnownStream> ReadByOpenAIPackage => _readByOpenAIPackage;

    /// <summary>Files that end in an error, or too early.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Reads them, and finds out by trying which of them the OpenAI package reads.</summary>
    /// <returns>The streams, or null where the folder is not there.</returns>
    /// <exception cref="WrongReadingException">LlmStream reads something else than what the list says.</exception>
    public static async Task<Corpus?> LoadAsync()
    {
        if (Repository.Shared is not { } shared) return null;
        string folder = Path.Combine(shared, "corpus");
        var package = new OpenAIPackage();
        var corpus = new Corpus();
        foreach (string line in File.ReadLines(Path.Combine(folder, "expected.jsonl")))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            string file = row.RootElement.GetProperty("file").GetString()!;
            if (row.RootElement.GetProperty("family").GetString() != Family || !file.EndsWith(".sse", StringComparison.Ordinal)) continue;
            if (await DescribeAsync(file, await File.ReadAllBytesAsync(Path.Combine(folder, file)), row.RootElement) is not { } stream)
            {
                corpus.LeftOut++;
                continue;
            }

            stream = stream with { OpenAIPackageReads = await IsReadByAsync(package, stream) };
            corpus._all.Add(stream);
            if (stream.OpenAIPackageReads) corpus._readByOpenAIPackage.Add(stream);
        }

        return corpus;
    }

    private static async Task<KnownStream?> DescribeAsync(string file, byte[] bytes, JsonElement row)
    {
        var tally = new Tally(takeFingerprint: true);
        Dictionary<int, (StringBuilder Text, StringBuilder Reasoning)> choices = [];
        try
        {
            await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(new MemoryStream(bytes), ChatDialect.OpenAI))
            {
                if (!choices.TryGetValue(delta.ChoiceIndex, out (StringBuilder Text, StringBuilder Reasoning) choice)) choices[delta.ChoiceIndex] = choice = (new(), new());
                choice.Text.Append(delta.Text);
                choice.Reasoning.Append(delta.Reasoning);
                tally.AddText(delta.Text);
                tally.AddReasoning(delta.Reasoning);
            }
        }
        catch (ChatStreamException)
        {
            return null;
        }

        foreach (JsonProperty expected in row.GetProperty("choices").EnumerateObject())
        {
            (StringBuilder text, StringBuilder reasoning) = choices[int.Parse(expected.Name, System.Globalization.CultureInfo.InvariantCulture)];
            if (text.ToString() != expected.Value.GetProperty("text").GetString() || reasoning.ToString() != expected.Value.GetProperty("reasoning").GetString())
                throw new WrongReadingException($"LlmStream does not read in {file} what is expected there.");
        }

        int[] events = await SseParser.Create(new MemoryStream(bytes), static (_, data) => data.Length).EnumerateAsync().Select(item => item.Data).ToArrayAsync();
        return new KnownStream
        {
            Name = file,
            Dialect = "openai",
            Segments = [bytes],
            Length = bytes.Length,
            Chunks = events.Length,
            Text = tally.Text,
            Reasoning = tally.Reasoning,
            Payload = events.Sum(),
        };
    }

    private static async Task<bool> IsReadByAsync(OpenAIPackage package, KnownStream stream)
    {
        try
        {
            await package.GuardAsync(stream);
            return true;
        }
        catch (WrongReadingException)
        {
            return false;
        }
    }
}
