using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LlmStream.Cli;

/// <summary>A command whose own help ends with examples and notes.</summary>
/// <param name="name">The name of the command.</param>
/// <param name="description">What it does, also shown in the list of commands.</param>
/// <param name="helpFooter">What its help ends with.</param>
internal sealed class CommandWithExamples(string name, string description, string helpFooter) : Command(name, description)
{
    public string HelpFooter { get; } = helpFooter;
}

/// <summary>Prints the help of a command, and after it the footer of a <see cref="CommandWithExamples"/>.</summary>
internal sealed class HelpWithExamplesAction(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is CommandWithExamples command)
            parseResult.InvocationConfiguration.Output.WriteLine(command.HelpFooter);
        return exitCode;
    }
}
