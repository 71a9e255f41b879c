using System.CommandLine;

namespace LlmStream.Cli.Serve;

/// <summary><c>llmstream serve</c>: the scripted server on the command line, for clients in any language.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    private const string Description =
        "Serves scripted answers on 127.0.0.1 as an LLM provider would, with faults. Prints the base URL, then one line per request.";

    private const string HelpFooter = """
        Faults are KIND@P[=VALUE], where P is a byte offset in the body (1200) or an event index (#5), both from 0:
          eof@P         the body ends early, but properly
          reset@P       the connection is reset (RST)
          abort@P       the connection is closed (FIN) before the body ends
          stall@P       nothing more is sent; stall@P=2.5 pauses for 2.5 seconds
          error@#5      an error replaces the event and ends the body; =data (default), =event, =bare or =field is its format
          malformed@#5  the JSON of the event is cut in half
          duplicate@#5  the event is sent twice
          pad@#5=9000   the event is padded to 9000 bytes
          comment@#5    a comment precedes the event; =TEXT is its text
        A fault applies to the first request; with the suffix /2 to the second, with the suffix * to every request.

        Scripts are JSON arrays with a step per request; the last step repeats:
          [{"status": 429, "retryAfter": 2}, {"answer": "Hello!", "faults": ["reset@300"]}, {"answer": "Hello!"}]
        A step has exactly one of answer, endless, status (and body), raw, replay (a file), redirect, html, json, noResponse.
        An answer may have reasoning, toolCalls [{name, arguments, id}], chunk, model, finish, done, usage and continuation
        [echo, overlap:N, startOver, refusePrefill, need:FLAG]. Any step may have faults, headers, contentType, retryAfter,
        delay, rate, writes, lineEnd, bom and keepAlive.

        Only this machine can use the server: requests with a Host header of another name, or from a web page of another machine
        (Origin), are refused with status 403, so that a web page cannot reach the server through a browser.

        Examples:
          llmstream serve --port 8080 --rate 20
          llmstream serve --text "The sky is blue." --fault reset@600
          llmstream serve --dialect anthropic --fault "error@#3*"

        Exit codes:
          0  stopped by Ctrl+C or SIGTERM
          1  the port is in use
          2  the arguments are invalid
        """;

    public static Command Create()
    {
        var port = new Option<string>("--port") { Description = "The port. Default: any free port.", HelpName = "N" };
        var dialect = new Option<string>("--dialect")
        {
            Description = $"The dialect: {string.Join(", ", ChatDialect.All)}. Default: determined by each request.",
            HelpName = "NAME",
        };
        dialect.CompletionSources.Add([.. ChatDialect.All.Select(d => d.Name)]);
        var script = new Option<string>("--script") { Description = "What to answer, request by request (see below).", HelpName = "FILE" };
        var text = new Option<string>("--text") { Description = "The text to answer.", HelpName = "TEXT" };
        var textFile = new Option<string>("--text-file") { Description = "A UTF-8 file with the text to answer.", HelpName = "FILE" };
        var fault = new Option<string[]>("--fault") { Description = "A fault (see below). May be repeated.", HelpName = "FAULT" };
        var rate = new Option<string>("--rate") { Description = "Events per second. Default: as fast as possible.", HelpName = "N" };

        var origin = new Option<string[]>("--allow-origin")
        {
            Description = "A web origin whose pages may use the server, such as https://app.example. May be repeated.", HelpName = "ORIGIN",
        };

        var command = new CommandWithExamples(Name, Description, HelpFooter)
        {
            port, dialect, script, text, textFile, fault, rate, origin,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var arguments = ServeArguments.Parse(
                result.GetValue(port),
                result.GetValue(dialect),
                result.GetValue(script),
                result.GetValue(text),
                result.GetValue(textFile),
                result.GetValue(fault) ?? [],
                result.GetValue(rate),
                result.GetValue(origin) ?? []);
            return ServeRun.RunAsync(arguments, result.InvocationConfiguration, cancellationToken);
        });
        return command;
    }
}
