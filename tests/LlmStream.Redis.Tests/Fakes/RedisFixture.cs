using StackExchange.Redis;

namespace LlmStream.Redis.Tests.Fakes;

/// <summary>A server for a class of tests, with the connections of two nodes. Without redis-server, tests skip.</summary>
public abstract class RedisFixture : IAsyncLifetime
{
    private RedisProcess? _process;
    private ConnectionMultiplexer? _first;
    private ConnectionMultiplexer? _second;

    internal RedisProcess Process
    {
        get
        {
            RedisProcess.SkipIfAbsent();
            return _process!;
        }
    }

    internal ConnectionMultiplexer First
    {
        get
        {
            RedisProcess.SkipIfAbsent();
            return _first!;
        }
    }

    internal ConnectionMultiplexer Second
    {
        get
        {
            RedisProcess.SkipIfAbsent();
            return _second!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!RedisProcess.IsPresent) return;
        _process = await StartAsync();
        _first = await _process.ConnectAsync();
        _second = await _process.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_first is not null) await _first.DisposeAsync();
        if (_second is not null) await _second.DisposeAsync();
        if (_process is not null) await _process.DisposeAsync();
    }

    private protected abstract Task<RedisProcess> StartAsync();
}

/// <summary>One server.</summary>
public sealed class SingleServer : RedisFixture
{
    private protected override Task<RedisProcess> StartAsync() => RedisProcess.StartAsync();
}

/// <summary>A cluster of one node.</summary>
public sealed class ClusterServer : RedisFixture
{
    private protected override Task<RedisProcess> StartAsync() => RedisProcess.StartClusterAsync();
}
