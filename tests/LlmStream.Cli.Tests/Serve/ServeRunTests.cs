using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using LlmStream.Cli.Serve;

namespace LlmStream.Cli.Tests.Serve;

public class ServeRunTests
{
    private const string Line = "POST /v1/chat/completions 200 openai";

    [Fact]
    public async Task Requests_are_reported_until_it_is_canceled()
    {
        string[] args = ["serve", "--text", "One two three", "--fault", "reset@300", "--fault", "eof@400*", "--fault", "eof@100/3"];
        using var cancellation = new CancellationTokenSource();
        using var output = new LineWriter();
        Task<int> run = CommandLineApp.RunAsync(args, output, TextWriter.Null, cancellation.Token);
        var url = new Uri(await output.ReadLineAsync());
        using var http = new HttpClient();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => RequestAsync());
        Assert.Equal($"{Line} 300 bytes, reset", await output.ReadLineAsync());
        Assert.Equal(400, (await RequestAsync()).Length);
        Assert.Equal($"{Line} 400 bytes, cut", await output.ReadLineAsync());
        Assert.Equal(100, (await RequestAsync()).Length);
        Assert.Equal($"{Line} 100 bytes, cut", await output.ReadLineAsync());
        Assert.Equal(400, (await RequestAsync(partial: "One")).Length);
        Assert.Equal($"{Line} 400 bytes, cut, continued from character 3 (Prefill)", await output.ReadLineAsync());
        await cancellation.CancelAsync();
        Assert.Equal(0, await run);

        async Task<string> RequestAsync(string? partial = null)
        {
            var message = new { role = partial is null ? "user" : "assistant", content = partial ?? "Why?" };
            var request = new { stream = true, messages = new[] { message } };
            using HttpResponseMessage response = await http.PostAsJsonAsync($"{url}/chat/completions", request);
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Process_exits_with_0_on_SIGTERM()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        var start = new ProcessStartInfo("dotnet", [typeof(ServeCommand).Assembly.Location, "serve"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string url = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();
        Assert.Contains("scripted-1", await http.GetStringAsync(new Uri(url + "/models")), StringComparison.Ordinal);
        Assert.Equal("GET /v1/models 200 - 107 bytes, complete", await process.StandardOutput.ReadLineAsync());
        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
    }
}
