using System.Text;

namespace LlmStream.Tests.Inspection;

/// <summary>Builds and inspects bodies of streams.</summary>
internal static class RecordedStream
{
    public const string Usage = """{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    /// <summary>The body of an event stream; each text is the data of one event.</summary>
    public static string Events(params string[] data) => string.Concat(data.Select(text => $"data: {text}\n\n"));

    /// <summary>An OpenAI chunk with a delta, and optionally a finish reason and usage.</summary>
    public static string Chunk(string delta, string? finish = null, bool hasUsage = false, int index = 0)
    {
        string reason = finish is null ? "null" : $"\"{finish}\"";
        string usage = hasUsage ? ""","usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}""" : "";
        return $$"""{"choices":[{"index":{{index}},"delta":{{delta}},"finish_reason":{{reason}}}]{{usage}}}""";
    }

    /// <summary>An OpenAI chunk with text.</summary>
    public static string Text(string text) => Chunk($$"""{"content":"{{text}}"}""");

    /// <summary>An OpenAI chunk with a finish reason.</summary>
    public static string Finish(string reason = "stop") => Chunk("{}", reason);

    public static Task<StreamInspection> InspectAsync(string body, ChatDialect? dialect = null, ChatReadOptions? options = null)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return StreamInspector.InspectAsync(stream, dialect, options, TestContext.Current.CancellationToken);
    }

    /// <summary>The only finding with this code.</summary>
    public static async Task<StreamFinding> FindAsync(
        StreamFindingCode code, string body, ChatDialect? dialect = null, ChatReadOptions? options = null)
    {
        StreamInspection inspection = await InspectAsync(body, dialect, options);
        return Assert.Single(inspection.Findings, finding => finding.Code == code);
    }
}
