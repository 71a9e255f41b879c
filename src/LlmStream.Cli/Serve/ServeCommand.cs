using System.CommandLine;
using LlmStream.Testing;

namespace LlmStream.Cli.Serve;

/// <summary><c>llmstream serve</c>: the scripted server on the command line, for a client in any language.</summary>
internal static class ServeCommand
{
    private const string Description =
        "Answers like an LLM's API on 127.0.0.1, continuations included, and fails where it is told to. The first line of the "
        + "output is the base URL; a line a request follows. Ctrl+C or SIGTERM ends it.";

    private const string ScriptHelp = """
        What to answer, request by request: JSON, an array of steps, the last of which repeats.
        [{"status": 429, "retryAfter": 2}, {"answer": "Hello!", "faults": ["reset@300"]}, {"answer": "Hello!"}]
        A step has one of answer, endless, status (and body), raw, replay (a file), redirect, html, json, noResponse. To an
        answer belong reasoning, toolCalls [{name, arguments, id}], chunk, model, finish, done, usage and continuation
        (echo, overlap:N, startOver, refusePrefill, need:FLAG); to every step faults, headers, contentType, retryAfter,
        delay, rate, writes, lineEnd, bom and keepAlive.
        """;

    private const string FaultHelp = """
        What goes wrong, and where: KIND@P[=VALUE]. P is a byte of the body (1200) or an event (#5), both from 0. Repeatable.
        eof@P         the body ends properly, too early
        reset@P       the connection is reset (RST)
        abort@P       FIN without the end of the body
        stall@P       silence until the client leaves; stall@P=2.5 for so many seconds
        error@#5      an error and the end; =data (default), =event, =bare or =field is its form
        malformed@#5  the event's JSON is cut in half
        duplicate@#5  the event is sent twice
        pad@#5=9000   the event is so many bytes long
        comment@#5    a comment comes before the event; =TEXT is what it says
        A fault befalls the first request only; with /2 behind it the second, with * every one.
        """;

    public static Command Create()
    {
        var options = new List<Option<string[]>>();
        Option<string[]> Add(string name, string description, string helpName)
        {
            // Nothing is left to the parser, which would print its errors together with the help: see ServeArguments.
            var option = new Option<string[]>(name) { Description = description, HelpName = helpName, Arity = ArgumentArity.ZeroOrMore };
            options.Add(option);
            return option;
        }

        Option<string[]> port = Add("--port", "The port. Default: a free one.", "N");
        Option<string[]> dialect = Add("--dialect", "Default: chosen by the path of each request.", string.Join('|', ChatDialect.All));
        Option<string[]> script = Add("--script", ScriptHelp, "FILE");
        Option<string[]> text = Add("--text", "What to answer.", "TEXT");
        Option<string[]> textFile = Add("--text-file", "What to answer, from a file in UTF-8.", "FILE");
        Option<string[]> fault = Add("--fault", FaultHelp, "FAULT");
        Option<string[]> rate = Add("--rate", "Events a second. Default: as fast as the client reads.", "N");

        var command = new Command("serve", Description) { TreatUnmatchedTokensAsErrors = false };
        foreach (Option<string[]> option in options) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            try
            {
                if (parsed.UnmatchedTokens is [string unknown, ..]) throw new FormatException($"There is no option '{unknown}'.");
                foreach (Option<string[]> option in options)
                {
                    int given = parsed.GetResult(option)?.IdentifierTokenCount ?? 0;
                    int values = parsed.GetValue(option)?.Length ?? 0;
                    if (given != values) throw new FormatException($"{option.Name} needs a value.");
                    if (given > 1 && option != fault) throw new FormatException($"{option.Name} is given twice.");
                }

                var arguments = ServeArguments.Read(One(port), One(dialect), One(script), One(text), One(textFile), parsed.GetValue(fault) ?? [], One(rate));
                return await ServeRun.RunAsync(arguments, parsed.InvocationConfiguration.Output, cancellationToken).ConfigureAwait(false);
            }
            catch (FormatException e)
            {
                await error.WriteLineAsync(e.Message.ReplaceLineEndings(" ").AsMemory(), CancellationToken.None).ConfigureAwait(false);
                return 2;
            }
            catch (IOException e)
            {
                // The port is taken.
                await error.WriteLineAsync(e.Message.ReplaceLineEndings(" ").AsMemory(), CancellationToken.None).ConfigureAwait(false);
                return 1;
            }

            string? One(Option<string[]> option) => parsed.GetValue(option) is [string value, ..] ? value : null;
        });
        return command;
    }
}
