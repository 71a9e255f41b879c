using System.Text;

namespace LlmStream.Cli;

/// <summary>What a command takes from the process it runs in. A test makes its own.</summary>
internal sealed record CliEnvironment
{
    /// <summary>Those of this process.</summary>
    public static CliEnvironment OfThisProcess { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The value of an environment variable, or null.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Whether standard input is something else than a keyboard.</summary>
    public Func<bool> IsInputRedirected { get; init; } = () => Console.IsInputRedirected;

    /// <summary>Opens standard input. What is piped is UTF-8, whatever the locale calls itself.</summary>
    public Func<TextReader> OpenInput { get; init; } = () =>
        Console.IsInputRedirected ? new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) : Console.In;

    /// <summary>Whether what is written there is read on a terminal.</summary>
    public Func<TextWriter, bool> IsTerminal { get; init; } = Terminal.IsTerminal;

    /// <summary>Whether that terminal shows colours.</summary>
    public Func<TextWriter, bool> ShowsColours { get; init; } = Terminal.ShowsColours;
}
