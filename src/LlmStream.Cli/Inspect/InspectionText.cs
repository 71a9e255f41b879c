using Spectre.Console;

namespace LlmStream.Cli.Inspect;

/// <summary>An inspection for a person.</summary>
internal static class InspectionText
{
    public static void Write(Inspection inspection, IAnsiConsole console) => console.WriteLine(inspection.Ending);
}
