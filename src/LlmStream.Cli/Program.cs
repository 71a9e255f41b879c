using System.CommandLine;
using LlmStream.Cli.Inspect;

var root = new RootCommand("Looks into the streaming answers of large language models.");
root.Subcommands.Add(InspectCommand.Create());

return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
