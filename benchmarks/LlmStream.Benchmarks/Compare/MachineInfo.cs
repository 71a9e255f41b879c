using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace LlmStream.Benchmarks.Compare;

/// <summary>Describes the time, the machine and the runtime of a measurement.</summary>
internal static class MachineInfo
{
    public static string Describe(TimeProvider clock)
    {
        string garbageCollector = GCSettings.IsServerGC ? "server" : "workstation";
        string system = $"{RuntimeInformation.OSDescription.Trim()} {RuntimeInformation.OSArchitecture}";
        return string.Create(CultureInfo.InvariantCulture, $"""
            {clock.GetUtcNow():yyyy-MM-dd HH:mm} UTC · {GetProcessor()}, {Environment.ProcessorCount} cores · {system}
            {RuntimeInformation.FrameworkDescription}, {garbageCollector} garbage collector
            """);
    }

    private static string GetProcessor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? line = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        if (line is not null) return line[(line.IndexOf(':') + 1)..].Trim();
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor"; // Windows
    }
}
