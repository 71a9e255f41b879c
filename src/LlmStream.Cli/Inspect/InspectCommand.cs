using System.CommandLine;

namespace LlmStream.Cli.Inspect;

/// <summary><c>llmstream inspect</c>: what a recorded stream contains, how it ended, and what is unusual about it.</summary>
internal static class InspectCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Recorded streams: response bodies as the server sent them, HAR files, traces of curl, or folders of such files. "
                + "\"-\" is standard input.",
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
            environment,
            cancellationToken));
        return command;
    }

    private const string HelpFooter = """
        Examples:
          llmstream inspect answer.sse
          curl -sN … | llmstream inspect -
          llmstream inspect --json *.sse
          llmstream inspect recordings/        (all streams in a folder, and in those below it)
          llmstream inspect session.har        (from the network tools of a browser)
          curl -N --trace answer.trace …; llmstream inspect answer.trace

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
        CliEnvironment environment,
        CancellationToken cancellationToken)
    {
        int exitCode = 0;
        var progress = new InspectionProgress(streams.Error, environment.Time, environment.IsErrorTerminal());
        TerminalWriter display = environment.CreateDisplay(streams.Output);
        bool isFirst = true;
        foreach (string path in paths)
        {
            int count = 0, skipped = 0;
            foreach (string file in InspectedFolder.Expand(path))
            {
                try
                {
                    await foreach (RecordedStream recorded in Recordings.OpenAsync(file, progress, cancellationToken).ConfigureAwait(false))
                    {
                        await using (recorded.ConfigureAwait(false))
                        {
                            InspectedFile inspected = await InspectedFile.ReadAsync(recorded, dialect, mode, cancellationToken)
                                .ConfigureAwait(false);
                            count++;
                            progress.Clear();
                            if (recorded.Note is { } note) await WriteErrorAsync($"{recorded.Name}: {note}").ConfigureAwait(false);
                            Write(inspected);
                        }
                    }
                }
                catch (InspectionException exception) when (exception.IsNotAStream && file != path)
                {
                    skipped++; // a folder may hold anything
                }
                catch (InspectionException exception)
                {
                    progress.Clear();
                    await WriteErrorAsync(exception.Message).ConfigureAwait(false);
                    exitCode = ExitCodes.UsageError;
                }
            }

            progress.Clear();
            if (skipped > 0) await WriteErrorAsync($"{path}: {DisplayText.Count(skipped, "other file")} skipped").ConfigureAwait(false);
            if (count > 0 || exitCode != 0) continue;
            await WriteErrorAsync($"{path}: contains no streams").ConfigureAwait(false);
            exitCode = ExitCodes.UsageError;
        }

        return exitCode;

        void Write(InspectedFile file)
        {
            if (json)
            {
                streams.Output.Write($"{InspectionJson.Format(file)}\n");
                return;
            }

            if (!isFirst) display.WriteLine();
            isFirst = false;
            InspectionText.Write(file, display);
        }

        async Task WriteErrorAsync(string message)
        {
            await streams.Output.FlushAsync(cancellationToken).ConfigureAwait(false); // so that output and errors appear in order
            await streams.Error.WriteLineAsync(TerminalText.EscapeLine(message)).ConfigureAwait(false);
        }
    }
}
