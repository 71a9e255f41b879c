using System.Net.Http.Json;

namespace LlmStream.Cli.Tests.Web;

/// <summary><c>llmstream web</c> in this process.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly LineWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Task<int> _run;

    private WebServer(CliEnvironment environment, string[] args) =>
        _run = CommandLineApp.RunAsync(["web", .. args], _output, _error, environment, _cancellation.Token);

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    public static Task<WebServer> StartAsync(params string[] args) => StartAsync(CliEnvironment.Current, args);

    public static async Task<WebServer> StartAsync(CliEnvironment environment, params string[] args)
    {
        var server = new WebServer(environment, args);
        Task<string> line = server.ReadLogAsync();
        await Task.WhenAny(line, server._run);
        Assert.False(server._run.IsCompleted, server._error.ToString());
        server.Client.BaseAddress = new Uri(await line);
        return server;
    }

    /// <summary>The next line of output.</summary>
    public Task<string> ReadLogAsync() => _output.ReadLineAsync();

    /// <summary>Sends a question over the wire of plain JSON events, and returns the response when its headers have arrived.</summary>
    public Task<HttpResponseMessage> AskAsync(string question = "Why?") => Client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "api/chat") { Content = JsonContent.Create(new { message = question }) },
        HttpCompletionOption.ResponseHeadersRead);

    /// <summary>Cancels the command, as Ctrl+C does.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await _cancellation.CancelAsync();
        return await _run;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
        _cancellation.Dispose();
        await _output.DisposeAsync();
        await _error.DisposeAsync();
    }
}
