using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace LlmStream.Redis.Tests.Fakes;

/// <summary>A redis-server of its own on a free port of loopback.</summary>
internal sealed class RedisProcess : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly string _directory = Directory.CreateTempSubdirectory("llmstream-redis-").FullName;
    private Process? _process;

    private RedisProcess(string[] arguments) => _arguments = arguments;

    public int Port { get; private set; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The path of redis-server, or null. Off if LLMSTREAM_REDIS is "off".</summary>
    private static string? Program { get; } = FindProgram();

    public static bool IsPresent => Program is not null;

    public static void SkipIfAbsent() =>
        Assert.SkipWhen(Program is null, "There is no redis-server on the PATH, or LLMSTREAM_REDIS is off.");

    /// <summary>Starts a server. The test is skipped if there is none.</summary>
    public static async Task<RedisProcess> StartAsync(params string[] arguments)
    {
        SkipIfAbsent();
        var server = new RedisProcess(arguments);
        for (int attempt = 0; ; attempt++)
        {
            server.Port = FreePort();
            server.Start();
            if (await server.IsReadyAsync()) return server;
            server.Kill();
            if (attempt == 3) throw new InvalidOperationException("redis-server does not start.");
        }
    }

    /// <summary>Starts a cluster of one node, with all slots. It refuses scripts that use keys of more than one slot.</summary>
    public static async Task<RedisProcess> StartClusterAsync()
    {
        RedisProcess server = await StartAsync("--cluster-enabled", "yes");
        await server.CallAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        for (int i = 0; i < 100; i++)
        {
            if ((await server.CallAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal)) return server;
            await Task.Delay(50);
        }

        throw new InvalidOperationException("The cluster is not ready.");
    }

    /// <summary>Starts it again, with what it has kept.</summary>
    public async Task RestartAsync()
    {
        Kill();
        Start();
        if (!await IsReadyAsync()) throw new InvalidOperationException("redis-server does not start again.");
    }

    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Lets it stand still, connections open, or go on.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>The resident memory of the server, and its processor time.</summary>
    public (long Memory, TimeSpan Processor) Measure()
    {
        _process!.Refresh();
        return (_process.WorkingSet64, _process.TotalProcessorTime);
    }

    public async Task<ConnectionMultiplexer> ConnectAsync(Action<ConfigurationOptions>? configure = null)
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(Address);
        options.AbortOnConnectFail = false;
        options.AllowAdmin = true;
        options.ReconnectRetryPolicy = new LinearRetry(100);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
        configure?.Invoke(options);
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>One command on a connection of its own.</summary>
    public async Task<string> CallAsync(params string[] command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(
            $"*{command.Length}\r\n" + string.Concat(command.Select(word => $"${word.Length}\r\n{word}\r\n"))));
        byte[] reply = new byte[64 * 1024];
        int length = await stream.ReadAsync(reply);
        return System.Text.Encoding.UTF8.GetString(reply, 0, length);
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        Directory.Delete(_directory, recursive: true);
        return default;
    }

    private static string? FindProgram()
    {
        if (Environment.GetEnvironmentVariable("LLMSTREAM_REDIS") == "off") return null;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
    }

    private static int FreePort()
    {
        // A cluster also needs the port 10000 above.
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            int port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (port < 55000) return port;
        }
    }

    private void Start()
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        string[] persistence = _arguments.Contains("--appendonly") ? [] : ["--appendonly", "no"];
        var start = new ProcessStartInfo(Program!)
        {
            ArgumentList =
            {
                "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", _directory, "--daemonize", "no", "--loglevel", "warning",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in persistence.Concat(_arguments)) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task<bool> IsReadyAsync()
    {
        for (int i = 0; i < 200 && !_process!.HasExited; i++)
        {
            try
            {
                if (await CallAsync("PING") is "+PONG\r\n" or ['-', 'N', 'O', 'A', 'U', 'T', 'H', ..]) return true;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                // not yet
            }

            await Task.Delay(20);
        }

        return false;
    }
}
