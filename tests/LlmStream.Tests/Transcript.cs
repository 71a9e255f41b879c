using System.Text.Json;

namespace LlmStream.Tests;

/// <summary>One of the project's own transcripts, and what it is expected to say.</summary>
internal sealed class Transcript
{
    private const string ExpectationSuffix = ".expected.json";

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
        string folder = name[..name.IndexOf('/', StringComparison.Ordinal)];
        ChatDialect dialect = ChatDialect.All.Single(d => string.Equals(d.Name, folder, StringComparison.Ordinal));
        return new Transcript(name, File.ReadAllBytes(path), dialect, expected.RootElement.Clone());
    }

    public Task<Outcome> ReadAsync(Stream stream) => Outcome.ReadAsync(stream, Dialect, Options);
}
