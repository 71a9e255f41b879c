using System.Text;

namespace LlmStream.Benchmarks.Streams;

/// <summary>
/// Streams of any length. They are made of few bytes that come again and again, so that a long stream lies in the processor's
/// caches no worse than a short one, and what is measured is the reading.
/// </summary>
internal static class LongStreams
{
    private const int BlockChunks = 256;
    private const string Head = """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_51e1070cf2","choices":[{"index":0,"delta":""";

    /// <summary>An answer in increments, of about so many bytes.</summary>
    public static KnownStream Increments(long bytes)
    {
        var words = Words.InEnglish();
        string[] block = [.. Enumerable.Range(0, BlockChunks).Select(_ => words.Next())];
        var writer = new EventWriter();
        foreach (string word in block) writer.Text(word, Content(EventWriter.Json(word)));
        KnownStream one = writer.ToStream("", "openai", openAIPackageReads: true);
        KnownStream end = new EventWriter().Event(Finish).Event("[DONE]").ToStream("", "openai", openAIPackageReads: true);

        int times = (int)Math.Max(1, bytes / one.Length);
        string text = string.Concat(block);
        Fingerprint said = Fingerprint.Empty;
        for (int i = 0; i < times; i++) said = said.With(text);
        return one with
        {
            Name = "increments",
            Segments = Enumerable.Repeat(one.Segments.Single(), times).Append(end.Segments.Single()),
            Length = (one.Length * times) + end.Length,
            Chunks = one.Chunks * times,
            Text = said,
            Payload = (one.Payload * times) + end.Payload,
        };
    }

    /// <summary>A cumulative answer, of about so many bytes: each chunk repeats the whole text so far, and says 24 characters more.</summary>
    public static KnownStream Cumulative(long bytes)
    {
        const int Step = 24;
        int envelope = Bytes(ServiceStreams.DashScopeHead(1) + ServiceStreams.DashScopeData("", "null", 1) + "data:\n\n");

        // The n-th chunk has n steps of text: n²/2 steps in all, and n envelopes.
        int chunks = (int)((Math.Sqrt(((double)envelope * envelope) + (2.0 * Step * bytes)) - envelope) / Step);
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, chunks).Select(i => $" {i % 1_000_000:000000} green bottles .")).PadRight(chunks * Step)[..(chunks * Step)]);
        (string Before, string After)[] envelopes = [.. Enumerable.Range(1, chunks).Select(Cumulated)];
        long length = envelopes.Select((around, i) => Bytes(around.Before) + Bytes(around.After) + ((i + 1L) * Step)).Sum();
        return new KnownStream
        {
            Name = "cumulative",
            Dialect = "dashscope",
            Segments = Segments(),
            Length = length,
            Chunks = chunks,
            Text = Fingerprint.Empty.With(Encoding.ASCII.GetString(text)),
            Payload = length - Enumerable.Range(1, chunks).Sum(i => Bytes(ServiceStreams.DashScopeHead(i)) + Bytes("data:\n\n")),
        };

        IEnumerable<ReadOnlyMemory<byte>> Segments()
        {
            for (int i = 0; i < chunks; i++)
            {
                yield return Encoding.UTF8.GetBytes(envelopes[i].Before);
                yield return text.AsMemory(0, (i + 1) * Step);
                yield return Encoding.UTF8.GetBytes(envelopes[i].After);
            }
        }

        (string Before, string After) Cumulated(int number)
        {
            const string Mark = "\u0001";
            string whole = ServiceStreams.DashScopeHead(number) + "data:" + ServiceStreams.DashScopeData(Mark, number == chunks ? "stop" : "null", number) + "\n\n";
            int at = whole.IndexOf(Mark, StringComparison.Ordinal);
            return (whole[..at], whole[(at + 1)..]);
        }
    }

    /// <summary>One event of about so many bytes.</summary>
    public static KnownStream OneEvent(long bytes)
    {
        string text = string.Concat(Enumerable.Repeat("Words and words and words. ", (int)(bytes / 27)));
        return new EventWriter().Text(text, Content(text)).Event(Finish).Event("[DONE]").ToStream("one event", "openai", openAIPackageReads: true);
    }

    private static string Finish => Head + """{},"logprobs":null,"finish_reason":"stop"}],"usage":null}""";

    private static string Content(string json) => $$"""{{Head}}{"content":"{{json}}"},"logprobs":null,"finish_reason":null}],"usage":null}""";

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
