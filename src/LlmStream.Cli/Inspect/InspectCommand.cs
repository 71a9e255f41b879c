using System.CommandLine;

namespace LlmStream.Cli.Inspect;

/// <summary><c>llmstream inspect</c>: what a recorded stream says, how it ended, and what is unusual about it.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Recorded streams: the body of a response, as the server sent it. \"-\" is standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var dialect = new Option<string>("--dialect")
        {
            Description = "The format of the streams. Without it, it is recognised from the bytes.",
            HelpName = string.Join('|', ChatDialect.All),
        };
        dialect.AcceptOnly("dialect", [.. ChatDialect.All.Select(d => d.Name)]);
        var mode = new Option<string>("--text-mode")
        {
            Description = "Whether each chunk holds what is new (incremental) or everything so far (cumulative).",
            HelpName = "auto|incremental|cumulative",
            DefaultValueFactory = _ => "auto",
        };
        mode.AcceptOnly("text mode", ["auto", "incremental", "cumulative"]);
        var json = new Option<bool>("--json") { Description = "Print one line of JSON a file, for programs." };

        var command = new CommandWithExamples("inspect", "Shows what a recorded stream says, how it ended, and what is unusual about it.", Notes) { files, dialect, mode, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            ChatDialect? chosen = ChatDialect.All.FirstOrDefault(d => string.Equals(d.Name, parsed.GetValue(dialect), StringComparison.Ordinal));
            ChatTextMode chosenMode = Enum.Parse<ChatTextMode>(parsed.GetValue(mode)!, ignoreCase: true);
            return RunAsync(parsed.GetValue(files)!, chosen, chosenMode, parsed.GetValue(json), parsed.InvocationConfiguration, cancellationToken);
        });
        return command;
    }

    private const string Notes = """
        Examples:
          llmstream inspect answer.sse
          curl -sN … | llmstream inspect -
          llmstream inspect --json *.sse

        Exit codes:
          0  every file was read, however its stream ended
          2  a file could not be read or is no stream (the others are read all the same), or the arguments are wrong
        """;

    private static async Task<int> RunAsync(
        string[] paths, ChatDialect? dialect, ChatTextMode mode, bool json, InvocationConfiguration streams, CancellationToken cancellationToken)
    {
        int exitCode = 0;
        var page = new TerminalWriter(streams.Output, Terminal.ShowsColours(streams.Output));
        bool isFirst = true;
        foreach (string path in paths)
        {
            try
            {
                Inspection inspection = await Inspection.ReadAsync(path, dialect, mode, cancellationToken).ConfigureAwait(false);
                if (json)
                {
                    await streams.Output.WriteAsync($"{InspectionJson.Write(inspection)}\n").ConfigureAwait(false);
                    continue;
                }

                if (!isFirst) page.Line();
                isFirst = false;
                InspectionText.Write(inspection, page);
            }
            catch (InspectionException exception)
            {
                await streams.Output.FlushAsync(cancellationToken).ConfigureAwait(false); // so that the two come in order
                await streams.Error.WriteLineAsync(TerminalText.Line(exception.Message)).ConfigureAwait(false);
                exitCode = CommandLineApp.WrongUse;
            }
        }

        return exitCode;
    }
}
