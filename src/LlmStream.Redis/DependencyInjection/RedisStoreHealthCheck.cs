using LlmStream.Relay;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace LlmStream.Redis.DependencyInjection;

/// <summary>Whether streams can be kept: the server answers, and does not evict keys.</summary>
internal sealed class RedisStoreHealthCheck(IServiceProvider services) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (services.GetService(typeof(IChatStreamStore)) is not RedisChatStreamStore store)
            return new HealthCheckResult(context.Registration.FailureStatus, "Streams are not kept in Redis.");
        try
        {
            RedisServer server = store.Server;
            TimeSpan latency = await server.Database.PingAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> policies =
                await server.Eviction.FindPoliciesAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["latency"] = latency };
            return policies.Count == 0
                ? HealthCheckResult.Healthy("Redis answers.", data)
                : HealthCheckResult.Degraded(
                    $"Redis may evict keys (maxmemory-policy is {string.Join(", ", policies)}): running answers can be lost.", data: data);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "Redis does not answer.", exception);
        }
    }
}
