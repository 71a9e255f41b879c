using System.Text.Json;

namespace LlmStream.Tests;

/// <summary>One of the project's own transcripts, and what it is expected to say.</summary>
internal sealed class Transcript
{
    public const string ExpectationSuffix = ".expected.json";

    private Transcript(string name, byte[] bytes, ChatDialect dialect, JsonElement expected)
    {
        Name = name;
        Bytes = bytes;
        Dialect = dialect;
        Expected = expected;
    }

    /// <summary>The names of all transcripts, such as <c>openai/plain-text.sse</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Transcripts, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(ExpectationSuffix, StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Repository.Transcripts, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>One transcript of each combination of wire format and framing. Quadratic tests try each byte of these.</summary>
    public static IReadOnlyList<string> Representative { get; } =
    [
        "openai/plain-text.sse", "openai/tools-by-index.sse", "openai/carriage-returns.sse", "openai/carriage-returns-and-line-feeds.sse",
        "openai/chunks-one-a-line.ndjson", "openai/chunks-in-an-array.json",
        "responses/text.sse", "responses/events-one-a-line.ndjson", "responses/events-in-an-array.json",
        "dashscope/text-incremental.sse", "dashscope/text-cumulative.sse",
        "hunyuan/text.sse", "hunyuan/chunks-one-a-line.ndjson",
        "gemini/text.sse", "gemini/line-feeds.sse", "gemini/array.json", "gemini/chunks-one-a-line.ndjson", "interactions/steps.sse",
        "anthropic/text.sse", "anthropic/text-with-carriage-returns.sse", "anthropic/events-one-a-line.ndjson", "anthropic/events-in-an-array.json",
        "ollama/chat.ndjson", "ollama/generate.ndjson", "ollama/over-sse.sse", "ollama/in-an-array.json",
        "cohere/text.sse", "cohere/events-one-a-line.ndjson", "cohere/v1-text.ndjson", "cohere/v1-over-sse.sse",
        "bedrock/text.bin", "bedrock/tools.bin", "bedrock/events-one-a-line.ndjson",
    ];

    public string Name { get; }

    public byte[] Bytes { get; }

    public ChatDialect Dialect { get; }

    public JsonElement Expected { get; }

    public ChatReadOptions Options => new()
    {
        TextMode = Expected.TryGetProperty("mode", out JsonElement mode) ? Enum.Parse<ChatTextMode>(mode.GetString()!) : ChatTextMode.Auto,
    };

    public static Transcript Load(string name)
    {
        string path = Path.Combine(Repository.Transcripts, name);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(path + ExpectationSuffix));
        return new Transcript(name, File.ReadAllBytes(path), DialectOf(name), expected.RootElement.Clone());
    }

    /// <summary>The dialect that the folder of a transcript is named for.</summary>
    public static ChatDialect DialectOf(string name)
    {
        string folder = name[..name.IndexOf('/', StringComparison.Ordinal)];
        return ChatDialect.All.Single(dialect => string.Equals(dialect.Name, folder, StringComparison.Ordinal));
    }

    public Task<Outcome> ReadAsync(Stream stream) => Outcome.ReadAsync(stream, Dialect, Options);
}
