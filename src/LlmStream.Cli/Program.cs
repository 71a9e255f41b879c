using System.Text;
using LlmStream.Cli;

// Windows consoles may use a code page that lacks most characters; elsewhere the encoding is UTF-8 already.
if (OperatingSystem.IsWindows()) Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

return await CommandLineApp.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
