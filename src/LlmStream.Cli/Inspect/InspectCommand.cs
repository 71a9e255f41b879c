using System.CommandLine;
using Spectre.Console;

namespace LlmStream.Cli.Inspect;

/// <summary><c>llmstream inspect</c>: what a recorded stream says, how it ended, and what is unusual about it.</summary>
internal static class InspectCommand
{
    public static Command Create(IAnsiConsole? console = null)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Recorded streams: the body of a response, as the server sent it.",
            Arity = ArgumentArity.OneOrMore,
        };
        var dialect = new Option<string>("--dialect")
        {
            Description = "The format of the streams. Without it, it is recognised from the bytes.",
            HelpName = string.Join('|', ChatDialect.All),
        };
        dialect.AcceptOnlyFromAmong([.. ChatDialect.All.Select(d => d.Name)]);
        var mode = new Option<ChatTextMode>("--text-mode")
        {
            Description = "Whether each chunk holds what is new (incremental) or everything so far (cumulative). Default: auto.",
            DefaultValueFactory = _ => ChatTextMode.Auto,
        };
        var json = new Option<bool>("--json") { Description = "Print one line of JSON a file." };

        var command = new Command("inspect", "Shows what a recorded stream says, how it ended, and what is unusual about it.") { files, dialect, mode, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ChatDialect? chosen = ChatDialect.All.FirstOrDefault(d => string.Equals(d.Name, parsed.GetValue(dialect), StringComparison.Ordinal));
            return await RunAsync(parsed.GetValue(files)!, chosen, parsed.GetValue(mode), parsed.GetValue(json), console, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string[] paths, ChatDialect? dialect, ChatTextMode mode, bool json, IAnsiConsole? console, CancellationToken cancellationToken)
    {
        int exitCode = 0;
        Stream output = Console.OpenStandardOutput();
        await using (output.ConfigureAwait(false))
        {
            foreach (string path in paths)
            {
                try
                {
                    Inspection inspection = await Inspection.ReadAsync(path, dialect, mode, cancellationToken).ConfigureAwait(false);
                    if (json)
                    {
                        await output.WriteAsync(InspectionJson.Write(inspection), cancellationToken).ConfigureAwait(false);
                        await output.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                    }
                    else
                    {
                        InspectionText.Write(inspection, console ?? AnsiConsole.Console);
                    }
                }
                catch (InspectionException exception)
                {
                    await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
                    exitCode = 2;
                }
            }
        }

        return exitCode;
    }
}
