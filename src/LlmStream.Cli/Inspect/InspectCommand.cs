using System.CommandLine;

namespace LlmStream.Cli.Inspect;

/// <summary><c>llmstream inspect</c>: what a recorded stream contains, how it ended, and what is unusual about it.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Recorded streams: response bodies as the server sent them. \"-\" is standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var dialect = new Option<string>("--dialect")
        {
            Description = $"The dialect: {string.Join(", ", ChatDialect.All)}. Default: recognized from the contents.",
            HelpName = "NAME",
        };
        dialect.AcceptOnly("dialect", [.. ChatDialect.All.Select(d => d.Name)]);
        var mode = new Option<string>("--text-mode")
        {
            Description = "auto, incremental (each chunk contains only new text) or cumulative (each chunk repeats the text so far).",
            HelpName = "MODE",
            DefaultValueFactory = _ => "auto",
        };
        mode.AcceptOnly("text mode", ["auto", "incremental", "cumulative"]);
        var json = new Option<bool>("--json") { Description = "Print one line of JSON per file, for programs." };

        const string Description = "Shows what a recorded stream contains, how it ended, and what is unusual about it.";
        var command = new CommandWithExamples("inspect", Description, HelpFooter) { files, dialect, mode, json };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetValue(files)!,
            ChatDialect.All.FirstOrDefault(d => d.Name == result.GetValue(dialect)),
            Enum.Parse<ChatTextMode>(result.GetValue(mode)!, ignoreCase: true),
            result.GetValue(json),
            result.InvocationConfiguration,
            cancellationToken));
        return command;
    }

    private const string HelpFooter = """
        Examples:
          llmstream inspect answer.sse
          curl -sN … | llmstream inspect -
          llmstream inspect --json *.sse

        Exit codes:
          0  all files were read, however their streams ended
          2  a file could not be read or is not a stream (the other files are still read), or the arguments are invalid
        """;

    private static async Task<int> RunAsync(
        string[] paths,
        ChatDialect? dialect,
        ChatTextMode mode,
        bool json,
        InvocationConfiguration streams,
        CancellationToken cancellationToken)
    {
        int exitCode = 0;
        var display = new TerminalWriter(streams.Output, Terminal.SupportsColor(streams.Output));
        bool isFirst = true;
        foreach (string path in paths)
        {
            try
            {
                InspectedFile file = await InspectedFile.ReadAsync(path, dialect, mode, cancellationToken).ConfigureAwait(false);
                if (json)
                {
                    await streams.Output.WriteAsync($"{InspectionJson.Format(file)}\n").ConfigureAwait(false);
                    continue;
                }

                if (!isFirst) display.WriteLine();
                isFirst = false;
                InspectionText.Write(file, display);
            }
            catch (InspectionException exception)
            {
                await streams.Output.FlushAsync(cancellationToken).ConfigureAwait(false); // so that output and errors appear in order
                await streams.Error.WriteLineAsync(TerminalText.EscapeLine(exception.Message)).ConfigureAwait(false);
                exitCode = ExitCodes.UsageError;
            }
        }

        return exitCode;
    }
}
