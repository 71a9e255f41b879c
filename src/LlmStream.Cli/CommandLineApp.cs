using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using LlmStream.Cli.Chat;
using LlmStream.Cli.Demo;
using LlmStream.Cli.Inspect;
using LlmStream.Cli.Serve;

namespace LlmStream.Cli;

/// <summary>The tool as a whole: its commands, and what becomes of wrong arguments and of Ctrl+C.</summary>
internal static class CommandLineApp
{
    /// <summary>The exit code of a command that ran, and did not bring what it should.</summary>
    public const int Failed = 1;

    /// <summary>The exit code of wrong arguments, and of input that cannot be used.</summary>
    public const int WrongUse = 2;

    /// <summary>The exit code of a program that Ctrl+C ended: 128 and the number of the signal, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the tool.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        RunAsync(args, output, error, CliEnvironment.OfThisProcess, cancellationToken);

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CliEnvironment surroundings, CancellationToken cancellationToken)
    {
        // A word that begins with @ is a word, and no file of more arguments.
        ParseResult parsed = CreateRoot(surroundings).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // The library's own answer to a mistake is a page of help and exit code 1. One line says more.
        if (parsed.Action is ParseErrorAction || UnknownOption(parsed) is not null)
        {
            await error.WriteLineAsync(TerminalText.Line(Complaint(parsed))).ConfigureAwait(false);
            return WrongUse;
        }

        try
        {
            var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        finally
        {
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static RootCommand CreateRoot(CliEnvironment surroundings)
    {
        var root = new RootCommand("Streams the answers of large language models, and looks into them. Without a command: the demo.");
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new NotedHelpAction((HelpAction)help.Action!);
        root.SetAction((parsed, cancellationToken) => DemoCommand.RunAsync(isFast: false, isCommand: false, parsed.InvocationConfiguration, surroundings, cancellationToken));

        root.Subcommands.Add(DemoCommand.Create(surroundings));
        root.Subcommands.Add(ChatCommand.Create(surroundings));
        root.Subcommands.Add(InspectCommand.Create());
        root.Subcommands.Add(ServeCommand.Create());
        return root;
    }

    /// <summary>What is wrong with the arguments, on one line, and where to read more.</summary>
    private static string Complaint(ParseResult parsed)
    {
        string problem = UnknownOption(parsed) is { } option
            ? $"there is no option '{option}'"
            : string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
        string command = string.Join(' ', Lineage(parsed.CommandResult).Reverse());
        return $"{command}: {problem}. See '{command} --help'.";
    }

    private static IEnumerable<string> Lineage(SymbolResult? result)
    {
        for (; result is not null; result = result.Parent)
        {
            if (result is CommandResult { Command: RootCommand }) yield return "llmstream";
            else if (result is CommandResult command) yield return command.Command.Name;
        }
    }

    /// <summary>
    /// A word that looks like an option and was taken for an argument, or null. Behind <c>--</c> every word is an argument.
    /// </summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        Token? end = parsed.Tokens.FirstOrDefault(token => token.Type == TokenType.DoubleDash);
        foreach (Token word in parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Concat(Unmatched(parsed)))
        {
            if (word.Value is not ['-', _, ..]) continue;
            if (end is null || Position(word) < Position(end)) return word.Value;
        }

        return null;

        int Position(Token token)
        {
            for (int i = 0; i < parsed.Tokens.Count; i++)
            {
                if (ReferenceEquals(parsed.Tokens[i], token)) return i;
            }

            return -1;
        }
    }

    private static IEnumerable<Token> Unmatched(ParseResult parsed) =>
        parsed.UnmatchedTokens.Select(value => parsed.Tokens.FirstOrDefault(token => string.Equals(token.Value, value, StringComparison.Ordinal))).OfType<Token>();
}
