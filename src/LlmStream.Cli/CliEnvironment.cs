using System.Text;

namespace LlmStream.Cli;

/// <summary>What commands use of the process they run in. Tests supply their own.</summary>
internal sealed record CliEnvironment
{
    /// <summary>The environment of the current process.</summary>
    public static CliEnvironment Current { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets the value of an environment variable, or null if it is not set.</summary>
    public Func<string, string?> GetVariable { get; init; } = Environment.GetEnvironmentVariable;

    public Func<bool> IsInputRedirected { get; init; } = () => Console.IsInputRedirected;

    /// <summary>Opens standard input. Redirected input is read as UTF-8, whatever the locale.</summary>
    public Func<TextReader> OpenInput { get; init; } = () => Console.IsInputRedirected
        ? new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false))
        : Console.In;

    /// <summary>Cancelled when the reader of standard output has gone.</summary>
    public CancellationToken OutputClosed { get; init; }

    /// <summary>Whether a writer writes to a terminal.</summary>
    public Func<TextWriter, bool> IsTerminal { get; init; } = Terminal.IsTerminal;

    /// <summary>Whether standard error is a terminal.</summary>
    public Func<bool> IsErrorTerminal { get; init; } = () => !Console.IsErrorRedirected;

    /// <summary>The width of the terminal that a writer writes to, in columns; or null without a terminal.</summary>
    public Func<TextWriter, int?> GetWidth { get; init; } = Terminal.GetWidth;

    /// <summary>Whether a writer writes to a terminal that shows colors.</summary>
    public Func<TextWriter, bool> SupportsColor { get; init; } = Terminal.SupportsColor;

    /// <summary>Creates the writer for what people read on standard output.</summary>
    public TerminalWriter CreateDisplay(TextWriter output) => new(output, SupportsColor(output), () => GetWidth(output));
}
