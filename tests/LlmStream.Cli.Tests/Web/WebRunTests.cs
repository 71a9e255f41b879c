using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LlmStream.Cli.Tests.Cluster;
using LlmStream.Cli.Web;
using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Web;

public class WebRunTests
{
    private const string Line = "POST /api/chat json ";

    [Fact]
    public async Task Answer_is_relayed_and_reported()
    {
        await using WebServer server = await WebServer.StartAsync("--text", "One two three", "--rate", "1000");
        using HttpResponseMessage response = await server.AskAsync();
        string body = await response.Content.ReadAsStringAsync();

        Assert.Equal("One two three", TextOf(body));
        Assert.Contains("\"done\":true", body, StringComparison.Ordinal);
        Assert.Equal(Line + "13 characters, complete (stop)", await server.ReadLogAsync());
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Complete_answer_is_kept_for_its_owner()
    {
        await using WebServer server = await WebServer.StartAsync("--text", "One two three", "--rate", "1000");
        using UIAnswer answer = await UIAnswer.SendAsync(server.Client, server.Client.BaseAddress!, "c1");
        Assert.True(await answer.ReadToEndAsync());
        foreach (string id in new[] { "c1", answer.StreamId })
        {
            using UIAnswer again = await UIAnswer.ResumeAsync(server.Client, server.Client.BaseAddress!, id);
            Assert.True(await again.ReadToEndAsync());
            Assert.Equal(("One two three", "finish", answer.MessageId), (again.Text, again.End, again.MessageId));
            using var stranger = new HttpClient();
            using UIAnswer nothing = await UIAnswer.ResumeAsync(stranger, server.Client.BaseAddress!, id);
            Assert.Equal(HttpStatusCode.NoContent, nothing.Status);
        }
    }

    [Fact]
    public async Task Answer_is_stopped_before_it_begins()
    {
        await using WebServer server = await WebServer.StartAsync("--text", "One two three", "--fault", "stall@#0");
        using UIAnswer nothing = await UIAnswer.ResumeAsync(server.Client, server.Client.BaseAddress!, "c1"); // sets the cookie
        Task<UIAnswer> sending = UIAnswer.SendAsync(server.Client, server.Client.BaseAddress!, "c1");
        using var stop = JsonContent.Create(UIAnswer.CreateRequest("c1"));
        using HttpResponseMessage stopped = await server.Client.PostAsync(new Uri("api/chat/c1/stop", UriKind.Relative), stop);
        Assert.Equal(HttpStatusCode.NoContent, stopped.StatusCode);
        using UIAnswer answer = await sending;
        Assert.True(await answer.ReadToEndAsync());

        Assert.Equal(("", "abort"), (answer.Text, answer.End));
    }

    [Fact]
    public async Task Interrupted_answer_is_resumed()
    {
        await using WebServer server = await WebServer.StartAsync("--text", "One two three", "--rate", "1000", "--fault", "reset@#3");
        using HttpResponseMessage response = await server.AskAsync();

        Assert.Equal("One two three", TextOf(await response.Content.ReadAsStringAsync()));
        Assert.Equal(Line + "13 characters, complete (stop), 2 attempts", await server.ReadLogAsync());
    }

    [Fact]
    public async Task Failure_reaches_the_browser_with_no_resume()
    {
        await using WebServer server =
            await WebServer.StartAsync("--text", "One two three", "--rate", "1000", "--fault", "reset@#3*", "--no-resume");
        for (int request = 0; request < 2; request++)
        {
            using HttpResponseMessage response = await server.AskAsync();
            string body = await response.Content.ReadAsStringAsync();

            Assert.Equal("One two", TextOf(body));
            Assert.DoesNotContain("\"done\"", body, StringComparison.Ordinal);
            Assert.Contains("\"error\"", body, StringComparison.Ordinal);
            Assert.StartsWith(Line + "7 characters, failed: Connection: ", await server.ReadLogAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_that_the_provider_refuses_is_not_sent_again_with_no_resume()
    {
        await using ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(Script.Status(503).Then(Script.Answer("Hi")));
        await using WebServer server =
            await WebServer.StartAsync("--base-url", provider.BaseAddress.AbsoluteUri, "--model", "m", "--no-resume");
        using HttpResponseMessage response = await server.AskAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.StartsWith(Line + "0 characters, failed: ServerError: ", await server.ReadLogAsync(), StringComparison.Ordinal);
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task Key_and_model_are_sent_to_the_provider_only()
    {
        await using ScriptedLlmServer provider = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        CliEnvironment environment = CliEnvironment.Current with { GetVariable = name => name == "MY_KEY" ? "sk-secret-42" : null };
        string[] args = ["--base-url", provider.BaseAddress.AbsoluteUri, "--model", "my-model", "--key-env", "MY_KEY"];
        await using WebServer server = await WebServer.StartAsync(environment, args);
        using HttpResponseMessage response = await server.AskAsync("Why is the sky blue?");
        string body = await response.Content.ReadAsStringAsync();

        ScriptedRequest request = Assert.Single(provider.Requests);
        Assert.Equal("Bearer sk-secret-42", request.Headers["Authorization"]);
        Assert.Contains("\"model\":\"my-model\"", request.BodyText, StringComparison.Ordinal);
        Assert.Contains("Why is the sky blue?", request.BodyText, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-secret-42", body, StringComparison.Ordinal);
        Assert.Contains("\"my-model\"", await server.Client.GetStringAsync("v1/models"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_answer_ends_with_an_error_when_it_is_stopped()
    {
        await using WebServer server = await WebServer.StartAsync("--text", "One two three", "--fault", "stall@#3");
        using HttpResponseMessage response = await server.AskAsync();
        long start = Stopwatch.GetTimestamp();
        int exitCode = await server.StopAsync();

        Assert.Equal(0, exitCode);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(30)); // a second, unless the machine is busy; the server stalls for longer
        Assert.Contains("\"error\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.EndsWith(", stopped with the server", await server.ReadLogAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_exits_with_0_on_SIGTERM()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        var start = new ProcessStartInfo("dotnet", [typeof(WebCommand).Assembly.Location, "web"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string url = (await process.StandardOutput.ReadLineAsync())!;
        using var http = new HttpClient();
        Assert.Contains("<title>", await http.GetStringAsync(new Uri(url)), StringComparison.Ordinal);
        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
    }

    private static string TextOf(string body) => string.Concat(body.Split('\n')
        .Where(line => line.StartsWith("data: {\"content\"", StringComparison.Ordinal))
        .Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("content").GetString()));
}
