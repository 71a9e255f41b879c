using LlmStream.Redis.Tests.Fakes;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>
/// Two nodes of <c>llmstream web</c> with one Redis and one provider. Redis is a process of its own, and what a test kills; or all of them,
/// as on the machine of a user.
/// </summary>
internal sealed class ClusterNodes : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _processes = [];

    public RedisProcess Redis { get; private set; } = null!;

    /// <summary><c>llmstream serve</c>.</summary>
    public RunningCommand Provider { get; private set; } = null!;

    public RunningCommand First { get; private set; } = null!;

    /// <summary>The first node, if it is a process.</summary>
    public CliProcess FirstProcess => (CliProcess)First;

    public RunningCommand Second { get; private set; } = null!;

    /// <summary>Starts them. The test is skipped if there is no redis-server.</summary>
    /// <param name="processes">Which commands are processes of their own.</param>
    /// <param name="lease">The value of <c>--lease</c>; null for its default.</param>
    /// <param name="rate">The value of <c>--rate</c> of the provider: pieces of text a second, of about 70.</param>
    /// <param name="redis">Arguments of redis-server.</param>
    public static async Task<ClusterNodes> StartAsync(
        Processes processes = Processes.None, string? lease = null, string rate = "40", params string[] redis)
    {
        var nodes = new ClusterNodes();
        try
        {
            nodes.Redis = nodes.Add(await RedisProcess.StartAsync(redis));
            nodes.Provider = nodes.Add(await StartCommandAsync(processes == Processes.All, "serve", "--rate", rate));
            string[] ports = [CliProcess.FindFreePort(), CliProcess.FindFreePort()];
            RunningCommand[] both = await Task.WhenAll(
                StartNodeAsync(processes != Processes.None, ports[0], ports[1]),
                StartNodeAsync(processes == Processes.All, ports[1], ports[0]));
            (nodes.First, nodes.Second) = (nodes.Add(both[0]), nodes.Add(both[1]));
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }

        static async Task<RunningCommand> StartCommandAsync(bool isProcess, params string[] arguments) =>
            isProcess ? await CliProcess.StartAsync(arguments) : await LocalCommand.StartAsync(arguments);

        Task<RunningCommand> StartNodeAsync(bool isProcess, string port, string other)
        {
            string[] arguments =
            [
                "web", "--base-url", nodes.Provider.Address + "v1", "--model", "m", "--redis", nodes.Redis.Address, "--port", port,
                "--peer", $"http://127.0.0.1:{other}", .. lease is null ? Array.Empty<string>() : ["--lease", lease],
            ];
            return StartCommandAsync(isProcess, arguments);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable process in Enumerable.Reverse(_processes)) await process.DisposeAsync();
    }

    private T Add<T>(T process)
        where T : IAsyncDisposable
    {
        _processes.Add(process);
        return process;
    }
}

/// <summary>Which commands of a cluster are processes of their own.</summary>
internal enum Processes
{
    /// <summary>None: nothing is killed but Redis.</summary>
    None,

    /// <summary>The first node.</summary>
    First,

    /// <summary>Both nodes, and the provider.</summary>
    All,
}
