using System.Text;
using LlmStream.Cli;

// Windows consoles may use a code page that lacks most characters; elsewhere the encoding is UTF-8 already.
if (OperatingSystem.IsWindows()) Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

if (!Console.IsOutputRedirected && LocaleCheck.GetWarning(Environment.GetEnvironmentVariable) is { } warning)
    Console.SetOut(new LocaleWarningWriter(Console.Out, new LenientWriter(Console.Error), warning));

bool hasEnded = false;
AppDomain.CurrentDomain.ProcessExit += (_, _) =>
{
    // The process is ended while a command runs, such as by a second Ctrl+C.
    if (!Volatile.Read(ref hasEnded) && Terminal.SupportsColor(Console.Out)) Console.Out.Write(TerminalWriter.Reset);
};

CliEnvironment environment = CliEnvironment.Current with { OutputClosed = StandardOutput.Watch() };
int exitCode = await CommandLineApp.RunAsync(
    args, StandardOutput.CreateWriter(), new LenientWriter(Console.Error), environment, CancellationToken.None).ConfigureAwait(false);
Volatile.Write(ref hasEnded, true);
return exitCode;
