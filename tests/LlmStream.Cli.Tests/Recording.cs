using System.Text;

namespace LlmStream.Cli.Tests;

/// <summary>A recorded stream in a temporary file.</summary>
internal sealed class Recording : IDisposable
{
    public const string Usage = """{"choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":3,"total_tokens":1203}}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmstream-");

    public Recording(string body)
        : this(Encoding.UTF8.GetBytes(body))
    {
    }

    public Recording(byte[] body)
    {
        Path = System.IO.Path.Combine(_folder.FullName, "answer.sse");
        File.WriteAllBytes(Path, body);
    }

    public string Path { get; }

    public string Folder => _folder.FullName;

    /// <summary>Creates a stream in OpenAI's dialect from the data of its events.</summary>
    public static Recording Events(params string[] data) => new(string.Concat(data.Select(text => $"data: {text}\n\n")));

    /// <summary>A chunk with text.</summary>
    public static string Text(string json) => Chunk($$"""{"content":{{json}}}""", "null");

    /// <summary>A chunk with a finish reason.</summary>
    public static string Finish(string reason) => Chunk("{}", $"\"{reason}\"");

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Chunk(string delta, string finishReason) =>
        $$"""{"id":"c1","model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finishReason}}}]}""";
}
