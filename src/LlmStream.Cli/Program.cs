using System.Text;
using LlmStream.Cli;

// Windows' consoles may expect a code page that knows few of the world's letters. Elsewhere it is UTF-8 anyway.
if (OperatingSystem.IsWindows()) Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

return await CommandLineApp.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
