using System.Diagnostics;
using System.Reflection;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>This program once more, in a process of its own: what it says comes line by line.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    public Child(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.OrdinalIgnoreCase)) start.ArgumentList.Add(Assembly.GetEntryAssembly()!.Location);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
    }

    /// <summary>The next line.</summary>
    /// <exception cref="InvalidOperationException">It has ended; why stands on standard error.</exception>
    public async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The process “{string.Join(' ', _process.StartInfo.ArgumentList)}” ended too early.");

    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>A child ends when its input does.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
