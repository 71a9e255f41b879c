using System.CommandLine;

var root = new RootCommand("Looks into the streaming answers of large language models.");

return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
