using System.CommandLine;
using LlmStream.Testing;

namespace LlmStream.Cli.Serve;

/// <summary>Runs the server until it is canceled, and prints one line per request.</summary>
internal static class ServeRun
{
    public static async Task<int> RunAsync(ServeArguments arguments, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var log = new LineLog("llmstream serve", console);
        var options = new ScriptedLlmServerOptions
        {
            Port = arguments.Port,
            Dialect = arguments.Dialect,
            AllowedOrigins = arguments.AllowedOrigins,
            OnRequestReceived = request => _ = ReportAsync(request, log),
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
            log.Write(server.BaseAddress.AbsoluteUri);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return ExitCodes.Success;
    }

    private static async Task ReportAsync(ScriptedRequest request, LineLog log)
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
        log.TryWrite($"{request.Method} {request.Path} {request.Status} {dialect} {request.BytesSent} bytes, {outcome}{continuation}");
    }
}
