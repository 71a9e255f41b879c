using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Where and when it was measured.</summary>
internal static class Machine
{
    public static string Describe(TimeProvider clock)
    {
        string garbage = GCSettings.IsServerGC ? "server" : "workstation";
        return string.Create(CultureInfo.InvariantCulture, $"""
            {clock.GetUtcNow():yyyy-MM-dd HH:mm} UTC · {Processor()}, {Environment.ProcessorCount} cores · {RuntimeInformation.OSDescription.Trim()} {RuntimeInformation.OSArchitecture}
            {RuntimeInformation.FrameworkDescription}, {garbage} garbage collector
            """);
    }

    private static string Processor()
    {
        const string List = "/proc/cpuinfo";
        string? line = File.Exists(List) ? File.ReadLines(List).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }
}
