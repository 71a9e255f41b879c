using System.Diagnostics;
using System.Globalization;
using LlmStream.Benchmarks.Readers;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Node;

/// <summary>A Node process that reads a stream with packages of npm (<c>read.cjs</c>).</summary>
internal sealed class NodeReader : IDisposable
{
    /// <summary>The clients, and the packages that they need.</summary>
    public static IReadOnlyDictionary<string, string[]> Clients { get; } = new Dictionary<string, string[]>
    {
        ["eventsource-parser"] = ["eventsource-parser"],
        ["openai"] = ["openai"],
        ["ai"] = ["ai", "@ai-sdk/openai-compatible"],
    };

    private readonly Process _process;
    private readonly string _file;
    private readonly SampleStream _stream;

    private NodeReader(Process process, string file, SampleStream stream)
    {
        _process = process;
        _file = file;
        _stream = stream;
    }

    /// <summary>Why Node or its packages are missing; null if all is there.</summary>
    public static string? GetMissing()
    {
        string install = "npm install --prefix DIR " + string.Join(' ', Clients.Values.SelectMany(packages => packages));
        if (FindVersion() is null) return "There is no Node.";
        string[] missing = [.. Clients.Values.SelectMany(packages => packages).Where(package => FindPackage(package) is null)];
        return missing.Length == 0
            ? null
            : $"NODE_PATH has no {string.Join(", ", missing)}. Run “{install}”, and set NODE_PATH to DIR/node_modules.";
    }

    /// <summary>The version of Node, or null.</summary>
    public static string? FindVersion()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true })!;
            return process.StandardOutput.ReadToEnd().Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The version of a package, or null.</summary>
    public static string? FindPackage(string package)
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator))
        {
            string file = Path.Combine(directory, package, "package.json");
            if (directory.Length == 0 || !File.Exists(file)) continue;
            using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.GetProperty("version").GetString();
        }

        return null;
    }

    public static async Task<NodeReader> StartAsync(SampleStream stream)
    {
        string file = Path.GetTempFileName();
        await using (FileStream output = File.Create(file))
        {
            foreach (ReadOnlyMemory<byte> segment in stream.Segments) await output.WriteAsync(segment);
        }

        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Node", "read.cjs"));
        start.ArgumentList.Add(file);
        start.ArgumentList.Add(stream.ReadSize.ToString(CultureInfo.InvariantCulture));
        var reader = new NodeReader(Process.Start(start)!, file, stream);
        await reader.ReadLineAsync();
        return reader;
    }

    /// <summary>Reads the stream for at least some time.</summary>
    /// <returns>The processor time of reading it once, in nanoseconds.</returns>
    /// <exception cref="IncorrectReadException">It was not read.</exception>
    public async Task<double> MeasureAsync(string client, TimeSpan minimum)
    {
        await _process.StandardInput.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{client} {minimum.TotalMilliseconds:0}"));
        await _process.StandardInput.FlushAsync();
        string line = await ReadLineAsync();
        string[] words = line.Split(' ');
        long expected = _stream.Text.Length + (_stream.Arguments?.Length ?? 0);
        if (words[^1] != expected.ToString(CultureInfo.InvariantCulture))
            throw new IncorrectReadException($"{client} read “{line}” instead of {expected} characters of “{_stream.Name}”.");
        return double.Parse(words[0], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        File.Delete(_file);
    }

    private async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new IncorrectReadException("Node exited early.");
}
