namespace LlmStream.Benchmarks.Streams;

/// <summary>Streams that are allowed, and are hard on a reader.</summary>
internal static class Pathologies
{
    public const int DefaultChunks = 2_000;

    private const string OpenAI = "openai";
    private const string Head = """{"id":"chatcmpl-Bq7Vt3cR9yLwXk2NfJmZs5TgHd8Pa","object":"chat.completion.chunk","created":1790000000,"model":"gpt-4.1-2025-04-14","choices":[""";

    public static IReadOnlyDictionary<string, Func<int, KnownStream>> All { get; } = new Dictionary<string, Func<int, KnownStream>>
    {
        ["one-byte reads"] = chunks => ServiceStreams.OpenAIWithPadding(chunks) with { Name = "one-byte reads", ReadSize = 1 },
        ["a huge event"] = HugeEvent,
        ["escapes"] = Escapes,
        ["64 choices"] = ManyChoices,
        ["keep-alive"] = KeepAlive,
        ["restless envelope"] = RestlessEnvelope,
    };

    /// <summary>One event as long as so many chunks, in reads of a network packet's size.</summary>
    private static KnownStream HugeEvent(int chunks) => LongStreams.OneEvent(chunks * 300L) with { Name = "a huge event", ReadSize = 1_460 };

    /// <summary>Every text has escapes, of each kind.</summary>
    private static KnownStream Escapes(int chunks)
    {
        var words = Words.InEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Text($"\"{word}\"\n中\\\t😀", Chunk(0, $$"""{"content":"\"{{EventWriter.Json(word)}}\"\n\u4e2d\\\t\ud83d\ude00"}"""));
        }

        return End(writer, 1).ToStream("escapes", OpenAI, openAIPackageReads: true);
    }

    /// <summary>64 answers at once, a chunk of each by turns.</summary>
    private static KnownStream ManyChoices(int chunks)
    {
        const int Choices = 64;
        var words = Words.InEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Text(word, Chunk(i % Choices, $$"""{"content":"{{EventWriter.Json(word)}}"}"""));
        }

        return End(writer, Math.Min(chunks, Choices)).ToStream("64 choices", OpenAI, openAIPackageReads: true);
    }

    /// <summary>Before each chunk, fifty comments.</summary>
    private static KnownStream KeepAlive(int chunks)
    {
        string comments = string.Concat(Enumerable.Repeat(": keep-alive\n\n", 50));
        var words = Words.InEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            writer.Raw(comments).Text(word, Chunk(0, $$"""{"content":"{{EventWriter.Json(word)}}"}"""));
        }

        return End(writer, 1).ToStream("keep-alive", OpenAI, openAIPackageReads: true);
    }

    /// <summary>No chunk's envelope is that of the chunk before: the id, the time and the order of fields change each time.</summary>
    private static KnownStream RestlessEnvelope(int chunks)
    {
        var words = Words.InEnglish();
        var writer = new EventWriter();
        for (int i = 0; i < chunks; i++)
        {
            string word = words.Next();
            string id = $"\"id\":\"chatcmpl-{words.Noise(8 + (i % 24))}\"", created = $"\"created\":{1_790_000_000 + i}", model = "\"model\":\"gpt-4.1-2025-04-14\"";
            string choice = $$"""
                "choices":[{"index":0,"delta":{"content":"{{EventWriter.Json(word)}}"},"finish_reason":null}]
                """;
            writer.Text(word, (i % 3) switch
            {
                0 => $"{{{id},{created},{model},{choice}}}",
                1 => $"{{{choice},{created},{id},{model}}}",
                _ => $"{{{model},{id},{choice},{created}}}",
            });
        }

        return End(writer, 1).ToStream("restless envelope", OpenAI, openAIPackageReads: true);
    }

    private static EventWriter End(EventWriter writer, int choices)
    {
        for (int i = 0; i < choices; i++) writer.Event($$"""{{Head}}{"index":{{i}},"delta":{},"finish_reason":"stop"}]}""");
        return writer.Event("[DONE]");
    }

    private static string Chunk(int choice, string delta) => $$"""{{Head}}{"index":{{choice}},"delta":{{delta}},"finish_reason":null}]}""";
}
