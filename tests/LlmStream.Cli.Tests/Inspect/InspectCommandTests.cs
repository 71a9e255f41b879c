using System.IO.Compression;
using System.Text.Json;

namespace LlmStream.Cli.Tests.Inspect;

public class InspectCommandTests
{
    [Fact]
    public async Task A_file_that_does_not_exist_is_reported_and_the_others_are_read()
    {
        using Recording recording = Recording.Events(Recording.Text("\"Hello\""), Recording.Finish("stop"), Recording.Usage, "[DONE]");

        Run run = await Run.Of("inspect", "no/such.sse", recording.Path, recording.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["no/such.sse: file not found"], run.ErrorLines);
        Assert.Equal(3, run.Output.Split("\nHello\n").Length);
    }

    [Fact]
    public async Task An_empty_name_is_rejected() =>
        Assert.Equal("\"\": not a file name", Assert.Single((await Run.Of("inspect", "")).ErrorLines));

    [Fact]
    public async Task A_file_without_read_permission_is_reported()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows has no such permissions.");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "An administrator can read every file.");
        using Recording recording = Recording.Events("[DONE]");
#pragma warning disable CA1416 // skipped on Windows
        File.SetUnixFileMode(recording.Path, UnixFileMode.None);
#pragma warning restore CA1416

        Run run = await Run.Of("inspect", recording.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"{recording.Path}: permission denied", Assert.Single(run.ErrorLines));
    }

    public static TheoryData<string, byte[]> OtherContents
    {
        get
        {
            using var zipped = new MemoryStream();
            using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write("data: [DONE]\n\n"u8);
            byte[] random = new byte[4000];
            new Random(7).NextBytes(random);
            random[0] = 0x80; // neither JSON, nor XML, nor a field of an event stream begins with it
            return new()
            {
                { "a web page", "<!doctype html><title>502 Bad Gateway</title>\r\n"u8.ToArray() },
                { "compressed", zipped.ToArray() },
                { "prose", "upstream connect error\nor disconnect"u8.ToArray() },
                { "random bytes", random },
                { "an escape", "\u001B[2J is no stream\n"u8.ToArray() },
            };
        }
    }

    [Theory]
    [MemberData(nameof(OtherContents))]
    public async Task Content_that_is_not_a_stream_is_reported_on_one_line(string content, byte[] bytes)
    {
        using var recording = new Recording(bytes);

        foreach (string[] args in (string[][])[["inspect"], ["inspect", "--json"], ["inspect", "--dialect", "hunyuan"]])
        {
            Run run = await Run.Of([.. args, recording.Path]);

            Assert.True(run.ExitCode == 2, content);
            Assert.StartsWith(recording.Path + ": The body is ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
            Assert.DoesNotContain(run.Error, c => char.IsControl(c) && c != '\n');
            Assert.Empty(run.Output);
        }
    }

    [Fact]
    public async Task Json_is_one_line_per_file()
    {
        using Recording recording = Recording.Events(
            """{"choices":[{"index":0,"delta":{"reasoning_content":"Hm","content":"Hé\u001b"}}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\":"}}]}}]}""",
            """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}""",
            Recording.Finish("tool_calls"),
            Recording.Usage,
            "[DONE]",
            "{}");

        Run run = await Run.Of("inspect", recording.Path, recording.Path, "--json");

        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            """
            {"family":"openai-chat","terminal":true,"error":null,"usage":{"input":1200,"output":3,"total":1203},"choices":{"0":{"text":"Hé\u001B","reasoning":"Hm","refusal":"","finish":"tool_calls","tool_calls":[{"id":"t1","name":"f","arguments":"{\"a\":1}"}]}},"file":
            """.Trim() + JsonSerializer.Serialize(recording.Path) + ""","ending":"complete"}""",
            lines[0]);
    }

    [Theory]
    [InlineData("truncated", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n")]
    [InlineData("error", "data: {\"error\":{\"code\":\"overloaded\",\"message\":\"Busy\"}}\n\n")]
    [InlineData("error", "data: {\"choices\":[{\n\n")]
    public async Task The_exit_code_does_not_depend_on_the_ending(string ending, string body)
    {
        using var recording = new Recording(body);

        Run run = await Run.Of("inspect", "--json", recording.Path);

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith($",\"ending\":\"{ending}\"}}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dialect_and_the_text_mode_can_be_specified()
    {
        using Recording recording = Recording.Events(Recording.Text("\"A\""), Recording.Text("\"AB\""), Recording.Finish("stop"));

        Run cumulative = await Run.Of("inspect", "--dialect", "openai", "--text-mode", "cumulative", recording.Path);
        Run incremental = await Run.Of("inspect", recording.Path);

        Assert.Contains("dialect   openai (specified)\n", cumulative.Output, StringComparison.Ordinal);
        Assert.Contains("\nAB\n", cumulative.Output, StringComparison.Ordinal);
        Assert.Contains("\nAAB\n", incremental.Output, StringComparison.Ordinal);
    }
}
