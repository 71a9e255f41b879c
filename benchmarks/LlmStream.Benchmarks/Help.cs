using LlmStream.Benchmarks.Compare;
using LlmStream.Benchmarks.Micro;

namespace LlmStream.Benchmarks;

internal static class Help
{
    public static string Text()
    {
        var sections = new TextTable("section", "<what it measures");
        foreach (Section section in CompareCommand.Sections) sections.Add(section.Name, section.Title);
        var benchmarks = new TextTable("name", "<what it measures");
        foreach ((string name, (_, string description)) in MicroCommand.Benchmarks) benchmarks.Add(name, description);
        benchmarks.Add(MicroCommand.All, "all of these");
        return $"""
            dotnet run -c Release --project benchmarks/LlmStream.Benchmarks -- compare [section…] [options]

              Compares LlmStream with other readers and with the goals, in about ten minutes. --full takes several times as long and is
              used for published figures. --smoke takes seconds: it only verifies that all readers read the streams correctly.
              Each table is printed when it has been measured, with --markdown as in benchmarks/README.md. --json prints one JSON object
              at the end. If it is stopped with Ctrl+C, the goals of what was measured are printed, and the exit code is 130.

            {sections}
            dotnet run -c Release --project benchmarks/LlmStream.Benchmarks -- <name> [BenchmarkDotNet options]

              Measures the same with BenchmarkDotNet. Takes minutes; less with “--job short”.

            {benchmarks}
            """;
    }
}
