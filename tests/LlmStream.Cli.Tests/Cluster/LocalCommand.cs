using System.Text;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>A command in this process, which starts sooner than one of its own, and cannot be killed.</summary>
internal sealed class LocalCommand : RunningCommand
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Task _run;

    private LocalCommand(string[] arguments) => _run = RunAsync(arguments);

    /// <summary>Starts a command, and waits until it listens.</summary>
    public static async Task<LocalCommand> StartAsync(params string[] arguments)
    {
        var command = new LocalCommand(arguments);
        await command.WaitForAddressAsync();
        return command;
    }

    /// <summary>Cancels it, as Ctrl+C does.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _cancellation.CancelAsync();
        await _run;
        _cancellation.Dispose();
    }

    private async Task RunAsync(string[] arguments)
    {
        using var output = new Lines(Add);
        await CommandLineApp.RunAsync(arguments, output, output, CliEnvironment.Current, _cancellation.Token);
        Ended();
    }

    private sealed class Lines(Action<string> add) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_line)
            {
                if (value != '\n')
                {
                    if (value != '\r') _line.Append(value);
                    return;
                }

                add(_line.ToString());
                _line.Clear();
            }
        }
    }
}
