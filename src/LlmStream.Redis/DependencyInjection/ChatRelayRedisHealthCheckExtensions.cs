using LlmStream.Redis.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The health check of streams that are kept in Redis.</summary>
public static class ChatRelayRedisHealthCheckExtensions
{
    /// <summary>
    /// Adds a health check of the Redis server of <c>AddChatRelay().UseRedis(…)</c>: it fails if the server does not answer, and is
    /// degraded if the server may evict keys.
    /// </summary>
    /// <param name="builder">The builder that <c>AddHealthChecks</c> returned.</param>
    /// <param name="name">The name of the check. Default: <c>chat_relay_redis</c>.</param>
    /// <param name="failureStatus">The status of a failure. Default: unhealthy.</param>
    /// <param name="tags">Tags, or <see langword="null"/>.</param>
    /// <param name="timeout">How long the check may take, or <see langword="null"/> for the default.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddChatRelayRedis(
        this IHealthChecksBuilder builder,
        string name = "chat_relay_redis",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, provider => new RedisStoreHealthCheck(provider), failureStatus, tags, timeout));
    }
}
