using System.Globalization;
using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;
using Anthropic;
using Microsoft.Extensions.AI;
using OllamaSharp;
using OpenAI;
using Yarp.ReverseProxy.Configuration;

namespace LlmStream.Benchmarks.Compare;

/// <summary>The time, the machine, the runtime and the packages of a measurement.</summary>
internal sealed record MachineInfo(string Time, string Machine, string Runtime, IReadOnlyList<(string Name, string Version)> Versions)
{
    public static MachineInfo Create(TimeProvider clock)
    {
        string garbageCollector = GCSettings.IsServerGC ? "server" : "workstation";
        string system = $"{RuntimeInformation.OSDescription.Trim()} {RuntimeInformation.OSArchitecture}";
        return new(
            clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            $"{GetProcessor()}, {Environment.ProcessorCount} cores · {system}",
            $"{RuntimeInformation.FrameworkDescription}, {garbageCollector} garbage collector",
            [
                ("OpenAI", GetVersion(typeof(OpenAIClient))),
                ("Anthropic", GetVersion(typeof(AnthropicClient))),
                ("OllamaSharp", GetVersion(typeof(OllamaApiClient))),
                ("Microsoft.Extensions.AI", GetVersion(typeof(FunctionInvokingChatClient))),
                ("Microsoft.Extensions.AI.OpenAI", GetVersion(typeof(OpenAIClientExtensions))),
                ("Yarp.ReverseProxy", GetVersion(typeof(RouteConfig))),
            ]);
    }

    public override string ToString() => $"""
        {Time} · {Machine}
        {Runtime}
        {string.Join(", ", Versions.Select(package => $"{package.Name} {package.Version}"))}
        """;

    private static string GetVersion(Type type)
    {
        Assembly assembly = type.Assembly;
        string version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version!.ToString();
        return version.Split('+')[0]; // what follows is the commit
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
