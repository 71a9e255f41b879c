using System.Globalization;
using System.Text;

namespace LlmStream.Benchmarks.Streams;

/// <summary>
/// Streams of any length. They repeat a few bytes, so that a long stream uses the processor's caches as a short one does, and only
/// reading is measured.
/// </summary>
internal static class LongStreams
{
    private const int ChunksPerBlock = 256;
    private const string Head =
        """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000"""
        + ""","model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_51e1070cf2","choices":[{"index":0,"delta":""";
    private const string FinishData = Head + """{},"logprobs":null,"finish_reason":"stop"}],"usage":null}""";

    /// <summary>An incremental answer of about this many bytes.</summary>
    public static SampleStream Incremental(long bytes)
    {
        var vocabulary = Vocabulary.CreateEnglish();
        string[] tokens = [.. Enumerable.Range(0, ChunksPerBlock).Select(_ => vocabulary.NextToken())];
        var writer = new EventWriter();
        foreach (string token in tokens) writer.Text(token, ContentData(EventWriter.Escape(token)));
        SampleStream block = writer.ToStream("", "openai", isReadByOpenAIPackage: true);
        SampleStream end = new EventWriter().Event(FinishData).Event("[DONE]").ToStream("", "openai", isReadByOpenAIPackage: true);

        int blocks = (int)Math.Max(1, bytes / block.Length);
        string blockText = string.Concat(tokens);
        TextHash text = TextHash.Empty;
        for (int i = 0; i < blocks; i++) text = text.Append(blockText);
        return block with
        {
            Name = "incremental",
            Segments = Enumerable.Repeat(block.Segments.Single(), blocks).Append(end.Segments.Single()),
            Length = (block.Length * blocks) + end.Length,
            Chunks = block.Chunks * blocks,
            Text = text,
            Payload = (block.Payload * blocks) + end.Payload,
        };
    }

    /// <summary>A cumulative answer of about this many bytes: each chunk repeats the text so far and adds 24 characters.</summary>
    public static SampleStream Cumulative(long bytes)
    {
        const int Step = 24;
        string emptyChunk = ProviderStreams.CreateDashScopeHead(1) + "data:" + ProviderStreams.CreateDashScopeData("", "null", 1) + "\n\n";
        int emptyChunkLength = CountBytes(emptyChunk);

        // Chunk n contains n steps of text, so that n chunks contain n²/2 steps of text and n empty chunks. Solved for n.
        double discriminant = ((double)emptyChunkLength * emptyChunkLength) + (2.0 * Step * bytes);
        int chunks = (int)((Math.Sqrt(discriminant) - emptyChunkLength) / Step);
        byte[] text = Encoding.ASCII.GetBytes(CreateText(chunks * Step));
        (string Before, string After)[] frames = [.. Enumerable.Range(1, chunks).Select(CreateFrame)];
        long framingBytes = frames.Sum(frame => CountBytes(frame.Before) + CountBytes(frame.After));
        long length = framingBytes + (Step * (chunks * (chunks + 1L) / 2));
        long outsideData = Enumerable.Range(1, chunks).Sum(i => CountBytes(ProviderStreams.CreateDashScopeHead(i) + "data:\n\n"));
        return new SampleStream
        {
            Name = "cumulative",
            Dialect = "dashscope",
            Segments = CreateSegments(),
            Length = length,
            Chunks = chunks,
            Text = TextHash.Empty.Append(Encoding.ASCII.GetString(text)),
            Payload = length - outsideData,
        };

        IEnumerable<ReadOnlyMemory<byte>> CreateSegments()
        {
            for (int i = 0; i < chunks; i++)
            {
                yield return Encoding.UTF8.GetBytes(frames[i].Before);
                yield return text.AsMemory(0, (i + 1) * Step);
                yield return Encoding.UTF8.GetBytes(frames[i].After);
            }
        }

        (string Before, string After) CreateFrame(int number)
        {
            const string Placeholder = "\u0001";
            string data = ProviderStreams.CreateDashScopeData(Placeholder, number == chunks ? "stop" : "null", number);
            string chunk = ProviderStreams.CreateDashScopeHead(number) + "data:" + data + "\n\n";
            int at = chunk.IndexOf(Placeholder, StringComparison.Ordinal);
            return (chunk[..at], chunk[(at + Placeholder.Length)..]);
        }

        static string CreateText(int length)
        {
            var text = new StringBuilder(length);
            for (int i = 0; text.Length < length; i++)
                text.Append(CultureInfo.InvariantCulture, $" {i % 1_000_000:000000} green bottles .");
            return text.ToString(0, length);
        }
    }

    /// <summary>One event of about this many bytes.</summary>
    public static SampleStream OneEvent(long bytes)
    {
        const string Sentence = "Words and words and words. ";
        string text = string.Concat(Enumerable.Repeat(Sentence, (int)(bytes / Sentence.Length)));
        EventWriter writer = new EventWriter().Text(text, ContentData(text)).Event(FinishData).Event("[DONE]");
        return writer.ToStream("one event", "openai", isReadByOpenAIPackage: true);
    }

    private static string ContentData(string json) =>
        $$"""{{Head}}{"content":"{{json}}"},"logprobs":null,"finish_reason":null}],"usage":null}""";

    private static int CountBytes(string text) => Encoding.UTF8.GetByteCount(text);
}
