namespace LlmStream.Benchmarks.Streams;

/// <summary>Valid streams that are difficult for a reader.</summary>
internal static class Pathologies
{
    public const int DefaultChunks = 2_000;

    private const string Dialect = "openai";
    private const string Head =
        """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000"""
        + ""","model":"gpt-4.1-2025-04-14","choices":[""";

    public static IReadOnlyDictionary<string, Func<int, SampleStream>> All { get; } = new Dictionary<string, Func<int, SampleStream>>
    {
        ["one-byte reads"] = chunks => ProviderStreams.OpenAI(chunks) with { Name = "one-byte reads", ReadSize = 1 },
        ["a huge event"] = HugeEvent,
        ["escapes"] = Escapes,
        ["64 choices"] = ManyChoices,
        ["keep-alive"] = KeepAlive,
        ["changing fields"] = ChangingFields,
    };

    /// <summary>One event as long as the chunks of an ordinary stream, in reads of the size of a network packet.</summary>
    private static SampleStream HugeEvent(int chunks)
    {
        const long BytesPerChunk = 300;
        const int PacketSize = 1_460;
        return LongStreams.OneEvent(chunks * BytesPerChunk) with { Name = "a huge event", ReadSize = PacketSize };
    }

    /// <summary>Every text contains all kinds of escapes.</summary>
    public static SampleStream Escapes(int chunks)
    {
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            string json = $$"""{"content":"\"{{EventWriter.Escape(token)}}\"\n\u4e2d\\\t\ud83d\ude00"}""";
            writer.Text($"\"{token}\"\n中\\\t😀", Chunk(0, json));
        }

        return End(writer, "escapes", choices: 1);
    }

    private static SampleStream ManyChoices(int chunks)
    {
        const int Choices = 64;
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Text(token, Chunk(i % Choices, Content(token)));
        }

        return End(writer, "64 choices", Math.Min(chunks, Choices));
    }

    /// <summary>Fifty comments precede each chunk.</summary>
    private static SampleStream KeepAlive(int chunks)
    {
        string comments = string.Concat(Enumerable.Repeat(": keep-alive\n\n", 50));
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            writer.Raw(comments).Text(token, Chunk(0, Content(token)));
        }

        return End(writer, "keep-alive", choices: 1);
    }

    /// <summary>The id, the time and the order of fields change with each chunk.</summary>
    private static SampleStream ChangingFields(int chunks)
    {
        var vocabulary = Vocabulary.CreateEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string token = vocabulary.NextToken();
            string id = $"\"id\":\"chatcmpl-{vocabulary.NextLetters(8 + (i % 24))}\"";
            string created = $"\"created\":{1_790_000_000 + i}";
            const string Model = "\"model\":\"gpt-4.1-2025-04-14\"";
            string choices = "\"choices\":[" + $$"""{"index":0,"delta":{{Content(token)}},"finish_reason":null}]""";
            writer.Text(token, (i % 3) switch
            {
                0 => $"{{{id},{created},{Model},{choices}}}",
                1 => $"{{{choices},{created},{id},{Model}}}",
                _ => $"{{{Model},{id},{choices},{created}}}",
            });
        }

        return End(writer, "changing fields", choices: 1);
    }

    private static SampleStream End(EventWriter writer, string name, int choices)
    {
        for (int i = 0; i < choices; i++) writer.Event($$"""{{Head}}{"index":{{i}},"delta":{},"finish_reason":"stop"}]}""");
        return writer.Event("[DONE]").ToStream(name, Dialect, isReadByOpenAIPackage: true);
    }

    private static string Content(string token) => $$"""{"content":"{{EventWriter.Escape(token)}}"}""";

    private static string Chunk(int choice, string delta) =>
        $$"""{{Head}}{"index":{{choice}},"delta":{{delta}},"finish_reason":null}]}""";
}
