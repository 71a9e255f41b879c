using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>Whether the servers may evict keys. Then streams can disappear while they are written.</summary>
internal sealed class EvictionCheck(
    IConnectionMultiplexer connection, Func<IDatabase> database, StreamKeys keys, ILogger logger) : IDisposable
{
    private const string Script = "#!lua flags=no-writes\nreturn redis.call('INFO', 'memory')";
    private const string Setting = "maxmemory_policy:";
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
        bool isCluster = connection.GetServers().Any(server => server.ServerType == ServerType.Cluster);
        for (int i = 0; i < (isCluster ? StreamKeys.IndexCount : 1); i++)
        {
            try
            {
                // CONFIG is not allowed in many places where INFO is; and the client would allow neither on a connection without
                // administration, except in a script. The keys of the index are spread over the nodes of a cluster.
                RedisResult result = await database().ScriptEvaluateAsync(Script, [keys.Index(i)]).ConfigureAwait(false);
                foreach (string line in ((string?)result ?? "").Split('\n'))
                {
                    if (!line.StartsWith(Setting, StringComparison.Ordinal)) continue;
                    string policy = line[Setting.Length..].Trim();
                    if (policy != Required && !policies.Contains(policy)) policies.Add(policy);
                }
            }
            catch (RedisServerException exception)
            {
                logger.PolicyUnknown(exception);
                break;
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
