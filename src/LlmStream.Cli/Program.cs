using System.Text;
using LlmStream.Cli;

// Windows consoles may use a code page that lacks most characters; elsewhere the encoding is UTF-8 already.
if (OperatingSystem.IsWindows()) Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

CliEnvironment environment = CliEnvironment.Current with { OutputClosed = StandardOutput.Watch() };
return await CommandLineApp.RunAsync(
    args, StandardOutput.CreateWriter(), new LenientWriter(Console.Error), environment, CancellationToken.None).ConfigureAwait(false);
