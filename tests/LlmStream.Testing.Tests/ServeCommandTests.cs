using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using LlmStream.Cli.Serve;

namespace LlmStream.Testing.Tests;

public sealed class ServeCommandTests
{
    [Fact]
    public async Task It_answers_reports_and_ends()
    {
        using var ending = new CancellationTokenSource();
        var output = new LineWriter();
        Task<int> running = ServeCommand.Create().Parse(["--text", "One two three", "--fault", "reset@300", "--fault", "eof@400*", "--fault", "eof@100/3"])
            .InvokeAsync(new InvocationConfiguration { Output = output }, ending.Token);
        var url = new Uri(await output.ReadLineAsync());
        using var http = new HttpClient();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => AskAsync());
        Assert.Equal("POST /v1/chat/completions 200 openai 300 bytes, reset", await output.ReadLineAsync());
        Assert.Equal(400, (await AskAsync()).Length);
        Assert.Equal("POST /v1/chat/completions 200 openai 400 bytes, cut", await output.ReadLineAsync());
        Assert.Equal(100, (await AskAsync()).Length);
        Assert.Equal("POST /v1/chat/completions 200 openai 100 bytes, cut", await output.ReadLineAsync());
        Assert.Equal(400, (await AskAsync("One")).Length);
        Assert.Equal("POST /v1/chat/completions 200 openai 400 bytes, cut, continued from character 3 (Prefill)", await output.ReadLineAsync());
        await ending.CancelAsync();
        Assert.Equal(0, await running);

        async Task<string> AskAsync(string? partial = null)
        {
            object[] messages = partial is null ? [new { role = "user", content = "Why?" }] : [new { role = "assistant", content = partial }];
            HttpResponseMessage response = await http.PostAsJsonAsync($"{url}/chat/completions", new { stream = true, messages });
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Theory]
    [InlineData("--bogus")]
    [InlineData("words")]
    [InlineData("--port")]
    [InlineData("--port", "abc")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "1", "--port", "2")]
    [InlineData("--rate", "0")]
    [InlineData("--dialect", "klingon")]
    [InlineData("--fault", "reset")]
    [InlineData("--fault", "reset@5/0")]
    [InlineData("--text", "a", "--text-file", "b")]
    [InlineData("--text-file", "/there/is/nothing/here")]
    [InlineData("--script", "/there/is/nothing/here")]
    public async Task Wrong_arguments_are_one_line_on_stderr_and_exit_code_2(params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int exitCode = await ServeCommand.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });

        Assert.Equal((2, ""), (exitCode, output.ToString()));
        Assert.Equal(1, error.ToString().Count(c => c == '\n'));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_line_on_stderr_and_exit_code_1()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        var error = new StringWriter();
        int exitCode = await ServeCommand.Create().Parse(["--port", server.BaseAddress.Port.ToString(CultureInfo.InvariantCulture)])
            .InvokeAsync(new InvocationConfiguration { Output = new StringWriter(), Error = error });

        Assert.Equal((1, 1), (exitCode, error.ToString().Count(c => c == '\n')));
    }

    [Fact]
    public async Task As_a_process_it_ends_on_SIGTERM_with_exit_code_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [typeof(ServeCommand).Assembly.Location, "serve"]) { RedirectStandardOutput = true })!;
        string url = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();
        Assert.Contains("scripted-1", await http.GetStringAsync(new Uri(url + "/models")), StringComparison.Ordinal);
        Assert.Equal("GET /v1/models 200 - 107 bytes, complete", await process.StandardOutput.ReadLineAsync());
        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>An output whose lines can be awaited.</summary>
    private sealed class LineWriter : StringWriter
    {
        private readonly System.Threading.Channels.Channel<string> _lines = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value!);

        public Task<string> ReadLineAsync() => _lines.Reader.ReadAsync().AsTask();
    }
}
