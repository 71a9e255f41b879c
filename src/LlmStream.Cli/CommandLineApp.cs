using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using LlmStream.Cli.Chat;
using LlmStream.Cli.Completion;
using LlmStream.Cli.Demo;
using LlmStream.Cli.Inspect;
using LlmStream.Cli.Serve;
using LlmStream.Cli.Web;

namespace LlmStream.Cli;

/// <summary>The commands of the tool, and how invalid arguments and cancellation are reported.</summary>
internal static class CommandLineApp
{
    // After SIGTERM or Ctrl+C, a command has this long to end by itself; then the exit code is that of a killed process. The default of
    // two seconds was too short on a machine with many busy processes.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs the tool in the environment of the current process.</summary>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default) =>
        RunAsync(args, output, error, CliEnvironment.Current, cancellationToken);

    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CliEnvironment environment, CancellationToken cancellationToken)
    {
        // No response files: a prompt may begin with "@".
        ParseResult result = CreateRoot(environment).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

        // System.CommandLine reports a parse error together with the whole help text, and exits with 1.
        if (FindParseError(result) is { } parseError) return await ReportUsageErrorAsync(result, parseError, error).ConfigureAwait(false);
        // A server goes on when its log is no longer read.
        CommandResult command = result.CommandResult;
        bool stopsWithOutput = command.Command.Name is not (ServeCommand.Name or WebCommand.Name);
        CancellationToken outputClosed = stopsWithOutput ? environment.OutputClosed : CancellationToken.None;
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, outputClosed);
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
            };
            int exitCode = await result.InvokeAsync(configuration, linked.Token).ConfigureAwait(false);
            if (exitCode == ExitCodes.Interrupted) ResetStyle();
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return exitCode;
        }
        catch (OutputException exception)
        {
            if (exception.IsClosed) return ExitCodes.OutputClosed;
            return await ReportFailureAsync(command, $"cannot write to standard output: {exception.Message}", error).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            return await ReportFailureAsync(command, exception.Message, error).ConfigureAwait(false);
        }
        catch (UsageException exception)
        {
            return await ReportUsageErrorAsync(result, exception.Message, error).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (outputClosed.IsCancellationRequested) return ExitCodes.OutputClosed;
            ResetStyle();
            return ExitCodes.Interrupted;
        }

        void ResetStyle()
        {
            if (!environment.SupportsColor(output)) return;
            output.Write(TerminalWriter.Reset);
            output.Flush();
        }
    }

    private static RootCommand CreateRoot(CliEnvironment environment)
    {
        var root = new RootCommand("Streams the answers of large language models. Without a command, runs the demo.");
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamplesAction((HelpAction)help.Action!);
        root.SetAction((result, cancellationToken) =>
            DemoCommand.RunAsync(isFast: false, isDefault: true, result.InvocationConfiguration, environment, cancellationToken));

        root.Subcommands.Add(DemoCommand.Create(environment));
        root.Subcommands.Add(ChatCommand.Create(environment));
        root.Subcommands.Add(InspectCommand.Create(environment));
        root.Subcommands.Add(ServeCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create());
        root.Subcommands.Add(WebCommand.Create(environment));
        return root;
    }

    private static async Task<int> ReportUsageErrorAsync(ParseResult result, string message, TextWriter error)
    {
        string command = NameOf(result.CommandResult);
        await error.WriteLineAsync(TerminalText.EscapeLine($"{command}: {message}. See '{command} --help'.")).ConfigureAwait(false);
        return ExitCodes.UsageError;
    }

    private static async Task<int> ReportFailureAsync(CommandResult command, string message, TextWriter error)
    {
        await error.WriteLineAsync(TerminalText.EscapeLine($"{NameOf(command)}: {message}")).ConfigureAwait(false);
        return ExitCodes.Failure;
    }

    private static string NameOf(CommandResult command) => string.Join(' ', CommandNames(command).Reverse());

    private static string? FindParseError(ParseResult result)
    {
        if (FindUnknownOption(result) is { } option) return $"unrecognized option '{option}'";
        if (result.Action is not ParseErrorAction) return null;
        string[] words = result.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words).TrimEnd('.');
    }

    /// <summary>The names of a command and its parents, innermost first.</summary>
    private static IEnumerable<string> CommandNames(SymbolResult? result)
    {
        for (; result is not null; result = result.Parent)
        {
            if (result is CommandResult { Command: RootCommand }) yield return "llmstream";
            else if (result is CommandResult command) yield return command.Command.Name;
        }
    }

    /// <summary>
    /// The first token that looks like an option but was parsed as an argument, or null. After <c>--</c> every token is an argument.
    /// </summary>
    private static string? FindUnknownOption(ParseResult result)
    {
        Token? separator = result.Tokens.FirstOrDefault(token => token.Type == TokenType.DoubleDash);
        IEnumerable<Token> arguments = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens);
        foreach (Token token in arguments.Concat(UnmatchedTokens(result)))
        {
            if (token.Value is not ['-', _, ..]) continue;
            if (separator is null || IndexOf(token) < IndexOf(separator)) return token.Value;
        }

        return null;

        // By reference: equal tokens may stand on both sides of the separator.
        int IndexOf(Token token)
        {
            for (int i = 0; i < result.Tokens.Count; i++)
            {
                if (ReferenceEquals(result.Tokens[i], token)) return i;
            }

            return -1;
        }
    }

    private static IEnumerable<Token> UnmatchedTokens(ParseResult result) => result.UnmatchedTokens
        .Select(value => result.Tokens.FirstOrDefault(token => string.Equals(token.Value, value, StringComparison.Ordinal)))
        .OfType<Token>();
}
