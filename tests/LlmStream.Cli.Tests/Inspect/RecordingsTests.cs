using System.Text;
using System.Text.Json;
using LlmStream.Cli.Inspect;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Cli.Tests.Inspect;

/// <summary>Folders, HAR files, and traces of curl.</summary>
public sealed class RecordingsTests : IDisposable
{
    private static readonly string Stream = string.Concat(
        new[] { Recording.Text("\"Hélło\""), Recording.Finish("stop"), "[DONE]" }.Select(data => $"data: {data}\n\n"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmstream-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_streams_of_a_folder_are_read_by_name_and_other_files_are_counted()
    {
        Write("b.sse", Stream);
        Write("a/c.sse", Stream);
        Write("README", "prose");
        Write("page.html", "<!doctype html>");
        Run run = await Run.Of("inspect", "--json", _folder.FullName);
        Assert.Equal((0, $"{_folder.FullName}: 2 other files skipped\n"), (run.ExitCode, run.Error));
        Assert.Equal(
            [Path.Combine(_folder.FullName, "a/c.sse"), Path.Combine(_folder.FullName, "b.sse")],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("file").GetString()));
    }

    [Fact]
    public async Task A_folder_without_streams_is_an_error()
    {
        Run run = await Run.Of("inspect", _folder.FullName);
        Assert.Equal((2, $"{_folder.FullName}: contains no streams\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_HAR_file_has_the_streams_among_its_entries()
    {
        object[] entries =
        [
            Entry("https://a.test/", "text/html", "<html>"),
            Entry("https://a.test/v1/chat?key=secret", "text/event-stream; charset=utf-8", Stream),
            Entry("https://a.test/2", "text/event-stream", Convert.ToBase64String(Encoding.UTF8.GetBytes(Stream)), "base64"),
            new
            {
                request = new { url = "https://a.test/3" },
                response = new { content = new { mimeType = "text/event-stream" } },
                _eventSourceMessages = new[] { Recording.Text("\"Hélło\""), Recording.Finish("stop"), "[DONE]" }
                    .Select(data => new { eventName = "message", eventId = "", data }),
            },
        ];
        string path = Write("session.har", JsonSerializer.Serialize(new { log = new { version = "1.2", entries } }));
        Run run = await Run.Of("inspect", path);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] names = [.. run.Output.Split('\n').Where(line => line.StartsWith(path, StringComparison.Ordinal))];
        Assert.Equal([$"{path}, entry 2: https://a.test/v1/chat", $"{path}, entry 3: https://a.test/2", $"{path}, entry 4: https://a.test/3"], names);
        Assert.Equal(4, run.Output.Split("\nHélło\n").Length);
    }

    [Theory]
    [InlineData("{\"log\":{\"version\":\"1.2\",\"entries\":[]}}", "contains no streams")]
    [InlineData("{\"log\":{\"version\":\"1.2\",\"entries\":", "is not a valid HAR file")]
    public async Task A_HAR_file_without_streams_is_an_error(string content, string message)
    {
        Run run = await Run.Of("inspect", Write("session.har", content));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trace_of_curl_has_the_body(bool isChunked)
    {
        byte[] body = Encoding.UTF8.GetBytes(Stream);
        byte[] sent = isChunked
            ? [.. Encoding.ASCII.GetBytes("10\r\n"), .. body[..16], .. Encoding.ASCII.GetBytes($"\r\n{body.Length - 16:x}\r\n"), .. body[16..], .. "\r\n0\r\n\r\n"u8]
            : body;
        string header = isChunked ? "Transfer-Encoding: chunked\r\n" : "content-type: text/event-stream\r\n";
        string trace = "== Info: Trying 127.0.0.1:80...\n"
            + Rows("=> Send header", "POST / HTTP/1.1\r\n"u8.ToArray())
            + Rows("<= Recv header", "HTTP/1.1 200 OK\r\n"u8.ToArray())
            + Rows("<= Recv header", Encoding.ASCII.GetBytes(header))
            + Rows("<= Recv data", sent[..40]) + Rows("<= Recv data", sent[40..])
            + "== Info: Connection #0 to host left intact\n";
        Run run = await Run.Of("inspect", Write("answer.trace", trace));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("\nHélło\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("complete: received a finish reason and [DONE]", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_in_ASCII_is_guessed_and_said_to_be()
    {
        string dots = string.Concat(Encoding.UTF8.GetBytes(Stream).Select(b => b is >= 0x20 and < 0x7F ? (char)b : '.'));
        var rows = new StringBuilder("== Info: Trying\n<= Recv header, 17 bytes (0x11)\n0000: HTTP/1.1 200 OK\n<= Recv data, 1 bytes (0x1)\n");
        for (int i = 0; i < dots.Length; i += 64) rows.Append($"{i:x4}: {dots[i..Math.Min(i + 64, dots.Length)]}\n");
        Run run = await Run.Of("inspect", Write("answer.trace", rows.ToString()));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--trace-ascii has no line feeds", run.Error, StringComparison.Ordinal);
        Assert.Contains("\nH..l..o\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("complete: received a finish reason and [DONE]", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_shown_at_most_twice_a_second_and_erased()
    {
        using var error = new StringWriter();
        var time = new FakeTimeProvider();
        var progress = new InspectionProgress(error, time, isEnabled: true);
        await using Stream watched = progress.Watch("a/big.sse", new MemoryStream(new byte[4_000_000]));
        byte[] buffer = new byte[1_000_000];
        await watched.ReadExactlyAsync(buffer);
        Assert.Equal("", error.ToString());
        time.Advance(InspectionProgress.Interval);
        await watched.ReadExactlyAsync(buffer);
        await watched.ReadExactlyAsync(buffer);
        Assert.Equal("\r\u001B[Kbig.sse: 2.0 MB (50 %)", error.ToString());
        progress.Clear();
        progress.Clear();
        Assert.EndsWith("\r\u001B[K", error.ToString(), StringComparison.Ordinal);
        using var file = new MemoryStream();
        Assert.Same(file, new InspectionProgress(error, time, isEnabled: false).Watch("x", file));
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    private static object Entry(string url, string mimeType, string text, string? encoding = null) =>
        new { request = new { url }, response = new { content = new { mimeType, text, encoding } } };

    // As tool_cb_dbg.c of curl prints them.
    private static string Rows(string heading, byte[] bytes)
    {
        var rows = new StringBuilder($"{heading}, {bytes.Length} bytes (0x{bytes.Length:x})\n");
        for (int i = 0; i < bytes.Length; i += 16)
        {
            byte[] row = bytes[i..Math.Min(i + 16, bytes.Length)];
            string hex = string.Concat(row.Select(b => $"{b:x2} ")).PadRight(48);
            string text = string.Concat(row.Select(b => b is >= 0x20 and < 0x7F ? (char)b : '.'));
            rows.Append($"{i:x4}: {hex}{text}\n");
        }

        return rows.ToString();
    }
}
