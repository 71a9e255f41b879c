using System.CommandLine;
using LlmStream.Testing;

namespace LlmStream.Cli.Serve;

/// <summary>Runs the server until it is canceled, and prints one line per request.</summary>
internal static class ServeRun
{
    public static async Task<int> RunAsync(ServeArguments arguments, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        TextWriter output = TextWriter.Synchronized(console.Output);
        var options = new ScriptedLlmServerOptions
        {
            Port = arguments.Port,
            Dialect = arguments.Dialect,
            AllowedOrigins = arguments.AllowedOrigins,
            RequestReceived = request => _ = ReportAsync(request, output, console.Error),
        };
        ScriptedLlmServer server;
        try
        {
            server = await ScriptedLlmServer.StartAsync(arguments.Script, options, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            // The port is in use.
            await console.Error.WriteLineAsync(TerminalText.EscapeLine($"llmstream serve: {exception.Message}")).ConfigureAwait(false);
            return ExitCodes.Failure;
        }

        await using (server.ConfigureAwait(false))
        {
            WriteLine(output, server.BaseAddress.AbsoluteUri);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return ExitCodes.Success;
    }

    private static async Task ReportAsync(ScriptedRequest request, TextWriter output, TextWriter error)
    {
        string outcome;
        try
        {
            outcome = await request.Finished.ConfigureAwait(false) switch
            {
                ReplyEnd.Complete => "complete",
                ReplyEnd.Cut => "cut",
                ReplyEnd.Aborted => "aborted",
                ReplyEnd.Reset => "reset",
                _ => "client disconnected",
            };
        }
        catch (InvalidOperationException exception)
        {
            outcome = "failed: " + exception.Message;
        }

        string continuation = request.Continuation is ContinuationKind.None
            ? ""
            : $", continued from character {request.ContinuedFrom} ({request.Continuation})";
        string dialect = request.Dialect?.Name ?? "-";
        try
        {
            WriteLine(
                output,
                $"{request.Method} {request.Path} {request.Status} {dialect} {request.BytesSent} bytes, {outcome}{continuation}");
        }
        catch (Exception exception) when (exception is IOException or OutputException { IsClosed: false })
        {
            await error.WriteLineAsync(TerminalText.EscapeLine($"llmstream serve: cannot write the log: {exception.Message}"))
                .ConfigureAwait(false);
        }
        catch (OutputException)
        {
            // Nobody reads the log anymore; the server goes on.
        }
    }

    // Console writers flush each line only on a terminal; scripts that start the server wait for the lines.
    private static void WriteLine(TextWriter output, string line)
    {
        output.WriteLine(TerminalText.EscapeLine(line)); // paths, and models, are the clients'
        output.Flush();
    }
}
