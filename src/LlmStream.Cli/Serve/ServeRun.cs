using LlmStream.Testing;

namespace LlmStream.Cli.Serve;

/// <summary>Runs the server until it is told to end, and reports each request in a line.</summary>
internal static class ServeRun
{
    public static async Task<int> RunAsync(ServeArguments arguments, TextWriter output, CancellationToken cancellationToken)
    {
        TextWriter lines = TextWriter.Synchronized(output);
        var options = new ScriptedLlmServerOptions
        {
            Port = arguments.Port,
            Dialect = arguments.Dialect,
            RequestReceived = request => _ = ReportAsync(request, lines),
        };
        ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(arguments.Script, options, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            Write(lines, server.BaseAddress.AbsoluteUri);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return 0;
    }

    private static async Task ReportAsync(ScriptedRequest request, TextWriter lines)
    {
        string end;
        try
        {
            end = await request.Finished.ConfigureAwait(false) switch
            {
                ReplyEnd.Complete => "complete",
                ReplyEnd.Cut => "cut",
                ReplyEnd.Aborted => "aborted",
                ReplyEnd.Reset => "reset",
                _ => "the client left",
            };
        }
        catch (InvalidOperationException e)
        {
            end = "failed: " + e.Message;
        }

        string continued = request.Continuation is ContinuationKind.None ? "" : $", continued from character {request.ContinuedFrom} ({request.Continuation})";
        Write(lines, $"{request.Method} {request.Path} {request.Status} {request.Dialect?.Name ?? "-"} {request.BytesSent} bytes, {end}{continued}");
    }

    // A line is out before the next thing happens, also under a pipe.
    private static void Write(TextWriter lines, string line)
    {
        lines.WriteLine(line);
        lines.Flush();
    }
}
