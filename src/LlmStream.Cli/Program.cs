using System.CommandLine;
using LlmStream.Cli.Inspect;
using LlmStream.Cli.Serve;

var root = new RootCommand("Looks into the streaming answers of large language models.");
root.Subcommands.Add(InspectCommand.Create());
root.Subcommands.Add(ServeCommand.Create());

return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
