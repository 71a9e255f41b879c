using System.Text;

namespace LlmStream.Cli.Tests;

/// <summary>A recorded stream in a file that is gone after the test.</summary>
internal sealed class Recording : IDisposable
{
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

    /// <summary>The body of an OpenAI stream: each text is the data of one event.</summary>
    public static Recording Events(params string[] data) => new(string.Concat(data.Select(text => $"data: {text}\n\n")));

    /// <summary>A chunk that says something.</summary>
    public static string Text(string json) => $$"""{"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":{{json}}},"finish_reason":null}]}""";

    /// <summary>A chunk that finishes the answer.</summary>
    public static string Finish(string reason) => $$"""{"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""";

    public const string Usage = """{"choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":3,"total_tokens":1203}}""";

    public void Dispose() => _folder.Delete(recursive: true);
}
