using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LlmStream.Cli;

/// <summary>A command whose help ends with notes, such as examples, which the list of commands leaves out.</summary>
internal sealed class CommandWithExamples(string name, string description, string notes) : Command(name, description)
{
    public string Notes { get; } = notes;
}

/// <summary>Prints the help, and behind it a command's notes.</summary>
internal sealed class NotedHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is CommandWithExamples command) parseResult.InvocationConfiguration.Output.WriteLine(command.Notes);
        return exitCode;
    }
}
