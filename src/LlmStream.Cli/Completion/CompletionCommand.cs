using System.CommandLine;

namespace LlmStream.Cli.Completion;

/// <summary>
/// <c>llmstream completion</c>: prints a script by which a shell completes commands, options and their values. The script asks this
/// program, by the directive <c>[suggest:POSITION]</c> of System.CommandLine.
/// </summary>
internal static class CompletionCommand
{
    private const string HelpFooter = """
        Examples:
          eval "$(llmstream completion bash)"                         in ~/.bashrc
          eval "$(llmstream completion zsh)"                          in ~/.zshrc, after compinit
          llmstream completion fish | source                          in ~/.config/fish/config.fish
          llmstream completion pwsh | Out-String | Invoke-Expression  in $PROFILE

        Exit codes:
          0  the script was printed
          2  the arguments are invalid
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = $"The shell: {string.Join(", ", CompletionScripts.All.Keys)}." };
        shell.CompletionSources.Add([.. CompletionScripts.All.Keys]);
        shell.Validators.Add(result =>
        {
            string name = result.Tokens is [var token, ..] ? token.Value : "";
            if (!CompletionScripts.All.ContainsKey(name))
                result.AddError($"unknown shell '{name}'; expected one of {string.Join(", ", CompletionScripts.All.Keys)}");
        });
        var command = new CommandWithExamples("completion", "Prints a script that completes commands and options in a shell.", HelpFooter)
        {
            shell,
        };
        command.SetAction(result => result.InvocationConfiguration.Output.Write(CompletionScripts.All[result.GetValue(shell)!]));
        return command;
    }
}
