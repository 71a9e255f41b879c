using Spectre.Console;

namespace LlmStream.Cli;

/// <summary>Detects terminals and their capabilities.</summary>
internal static class Terminal
{
    /// <summary>Whether the writer writes to a terminal rather than to a pipe or a file.</summary>
    public static bool IsTerminal(TextWriter writer) => ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>
    /// Whether the writer writes to a terminal that shows colors. False for <c>TERM=dumb</c>, and if <c>NO_COLOR</c> is set
    /// (https://no-color.org).
    /// </summary>
    public static bool SupportsColor(TextWriter writer)
    {
        if (!IsTerminal(writer)) return false;
        Capabilities capabilities = AnsiConsole.Profile.Capabilities;
        return capabilities is { Ansi: true, ColorSystem: not ColorSystem.NoColors };
    }

    /// <summary>The width of the terminal, which may change; null if the writer writes to none, or it is unknown.</summary>
    public static int? GetWidth(TextWriter writer)
    {
        if (!IsTerminal(writer)) return null;
        try
        {
            // Windows begins a new line as soon as the last column is written.
            int width = OperatingSystem.IsWindows() ? Console.WindowWidth - 1 : Console.WindowWidth;
            return width > 1 ? width : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
