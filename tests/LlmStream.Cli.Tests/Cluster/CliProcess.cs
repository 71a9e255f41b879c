using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LlmStream.Cli.Web;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>A server of the tool in a process of its own, which can be killed.</summary>
internal sealed class CliProcess : RunningCommand
{
    private readonly Process _process;

    private CliProcess(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(WebCommand).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Two processors are enough for the tests; many processes share them.
            Environment = { ["DOTNET_gcServer"] = "0", ["DOTNET_TieredPGO"] = "0" },
        };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.Exited += (_, _) => Ended();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts a command, and waits until it listens.</summary>
    public static async Task<CliProcess> StartAsync(params string[] arguments)
    {
        var process = new CliProcess(arguments);
        await process.WaitForAddressAsync();
        return process;
    }

    /// <summary>A port that nothing listens on.</summary>
    public static string FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Kills it, as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks it to end, as a deployment does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return _process.ExitCode;
    }

    public override ValueTask DisposeAsync()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
        return default;
    }
}
