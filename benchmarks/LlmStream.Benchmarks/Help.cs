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
        foreach ((string name, (_, string what)) in MicroCommand.Benchmarks) benchmarks.Add(name, what);
        benchmarks.Add(MicroCommand.All, "all of these, one after the other");
        return $"""
            dotnet run -c Release --project benchmarks/LlmStream.Benchmarks -- compare [section…] [--full | --smoke]

              The ratios beside the goals, against other readers, in under two minutes. --full takes some ten, and is what figures are
              published from; --smoke takes seconds, checks that everyone reads what is there, and judges nothing.

            {sections}
            dotnet run -c Release --project benchmarks/LlmStream.Benchmarks -- <name> [BenchmarkDotNet's options]

              The same by BenchmarkDotNet, with its tables. Takes minutes; with “--job short”, fewer.

            {benchmarks}
            """;
    }
}
