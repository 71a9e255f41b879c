using LlmStream.Redis.Tests.Fakes;

namespace LlmStream.Cli.Tests.Cluster;

/// <summary>Two nodes of <c>llmstream web</c> with one Redis and one provider, each a process, as on the machine of a user.</summary>
internal sealed class ClusterNodes : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _processes = [];

    public RedisProcess Redis { get; private set; } = null!;

    /// <summary><c>llmstream serve</c>.</summary>
    public CliProcess Provider { get; private set; } = null!;

    public CliProcess First { get; private set; } = null!;

    public CliProcess Second { get; private set; } = null!;

    /// <summary>Starts them. The test is skipped if there is no redis-server.</summary>
    /// <param name="lease">The value of <c>--lease</c>; null for its default.</param>
    /// <param name="rate">The value of <c>--rate</c> of the provider.</param>
    /// <param name="redis">Arguments of redis-server.</param>
    public static async Task<ClusterNodes> StartAsync(string? lease = null, string rate = "20", params string[] redis)
    {
        var nodes = new ClusterNodes();
        try
        {
            nodes.Redis = nodes.Add(await RedisProcess.StartAsync(redis));
            nodes.Provider = nodes.Add(await CliProcess.StartAsync("serve", "--rate", rate));
            string[] ports = [CliProcess.FindFreePort(), CliProcess.FindFreePort()];
            CliProcess[] both = await Task.WhenAll(StartNodeAsync(ports[0], ports[1]), StartNodeAsync(ports[1], ports[0]));
            (nodes.First, nodes.Second) = (nodes.Add(both[0]), nodes.Add(both[1]));
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }

        Task<CliProcess> StartNodeAsync(string port, string other) => CliProcess.StartAsync(
        [
            "web", "--base-url", nodes.Provider.Address + "v1", "--model", "m", "--redis", nodes.Redis.Address, "--port", port,
            "--peer", $"http://127.0.0.1:{other}", .. lease is null ? Array.Empty<string>() : ["--lease", lease],
        ]);
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
