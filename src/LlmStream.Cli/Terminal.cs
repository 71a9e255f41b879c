using Spectre.Console;

namespace LlmStream.Cli;

/// <summary>What is known of whoever reads the output.</summary>
internal static class Terminal
{
    /// <summary>Whether the writer leads to a terminal, and not into a pipe or a file.</summary>
    public static bool IsTerminal(TextWriter writer) => ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>
    /// Whether the writer leads to a terminal that shows colours, and the user wants them: a pipe, a file, a dumb
    /// terminal and the variable <c>NO_COLOR</c> (no-color.org) say no.
    /// </summary>
    public static bool ShowsColours(TextWriter writer)
    {
        if (!IsTerminal(writer)) return false;
        Capabilities capabilities = AnsiConsole.Profile.Capabilities;
        return capabilities is { Ansi: true, ColorSystem: not ColorSystem.NoColors };
    }
}
