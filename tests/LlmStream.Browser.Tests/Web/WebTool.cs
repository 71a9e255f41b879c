using System.Text;
using LlmStream.Cli;

namespace LlmStream.Browser.Tests.Web;

/// <summary><c>llmstream web</c> in this process.</summary>
internal sealed class WebTool : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FirstLine _output = new();
    private readonly StringWriter _error = new();
    private readonly Task<int> _run;

    private WebTool(string[] args) =>
        _run = CommandLineApp.RunAsync(["web", .. args], _output, _error, CliEnvironment.Current, _stop.Token);

    /// <summary>Starts the command, and returns the address that it prints first.</summary>
    public static async Task<(WebTool Tool, Uri Address)> StartAsync(params string[] args)
    {
        var tool = new WebTool(args);
        await Task.WhenAny(tool._output.Line, tool._run);
        Assert.False(tool._run.IsCompleted, tool._error.ToString());
        return (tool, new Uri(await tool._output.Line));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private sealed class FirstLine : TextWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly StringBuilder _text = new();

        public Task<string> Line => _line.Task;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (value == '\n') _line.TrySetResult(_text.ToString().TrimEnd('\r'));
            else if (!_line.Task.IsCompleted) _text.Append(value);
        }
    }
}
