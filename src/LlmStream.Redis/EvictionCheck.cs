using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>Whether the servers may evict keys. Then streams can disappear while they are written.</summary>
internal sealed class EvictionCheck(IConnectionMultiplexer connection, ILogger logger) : IDisposable
{
    private const string Setting = "maxmemory_policy";
    private const string Required = "noeviction";

    private int _isStarted;
    private volatile bool _isDisposed;

    /// <summary>Checks in the background, once for the store. Nothing waits for it.</summary>
    public void StartOnce()
    {
        if (Volatile.Read(ref _isStarted) != 0 || Interlocked.Exchange(ref _isStarted, 1) != 0) return;
        _ = Task.Run(CheckAsync);
    }

    /// <summary>The policies of the servers that are not the required one. Empty if all are, or if the servers do not tell.</summary>
    public async Task<IReadOnlyList<string>> FindPoliciesAsync()
    {
        var policies = new List<string>();
        foreach (IServer server in connection.GetServers())
        {
            if (!server.IsConnected || server.IsReplica) continue;
            try
            {
                // CONFIG is not allowed in many places where INFO is.
                foreach (IGrouping<string, KeyValuePair<string, string>> section in await server.InfoAsync("memory").ConfigureAwait(false))
                {
                    foreach ((string name, string value) in section)
                    {
                        if (name == Setting && value != Required && !policies.Contains(value)) policies.Add(value);
                    }
                }
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
            {
                logger.PolicyUnknown(exception);
            }
        }

        return policies;
    }

    public void Dispose() => _isDisposed = true;

    private async Task CheckAsync()
    {
        try
        {
            IReadOnlyList<string> policies = await FindPoliciesAsync().ConfigureAwait(false);
            if (policies.Count > 0) logger.KeysMayBeEvicted(string.Join(", ", policies));
        }
        catch (Exception exception)
        {
            if (!_isDisposed) logger.PolicyUnknown(exception);
        }
    }
}
