using LlmStream.Redis;
using LlmStream.Redis.DependencyInjection;
using LlmStream.Relay;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Keeps streams in Redis.</summary>
public static class ChatRelayRedisExtensions
{
    /// <summary>
    /// Keeps the streams in Redis 7 or Valkey, so that all nodes share them. Connects when a stream is first needed, and again whenever the
    /// connection is lost.
    /// </summary>
    /// <param name="builder">The builder that <c>AddChatRelay</c> returned.</param>
    /// <param name="configuration">
    /// The servers and options of the connection, as StackExchange.Redis describes them, such as <c>localhost:6379</c> or
    /// <c>host1:6379,host2:6379,ssl=true,password=…</c>. It is never logged.
    /// </param>
    /// <param name="configure">Changes the options, or <see langword="null"/>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="configuration"/> is empty or invalid.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddChatRelay().UseRedis("localhost:6379", options => options with { KeyPrefix = "my-app:" });
    /// </code>
    /// </example>
    public static IChatRelayBuilder UseRedis(
        this IChatRelayBuilder builder,
        string configuration,
        Func<RedisChatStreamStoreOptions, RedisChatStreamStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(configuration);
        ConfigurationOptions options = RedisConnection.Parse(configuration);
        builder.Services.AddSingleton(provider => new RedisConnection(options, provider.GetService<ILoggerFactory>()));
        return builder.UseRedis(static provider => provider.GetRequiredService<RedisConnection>().Multiplexer, configure);
    }

    /// <summary>Keeps the streams in Redis 7 or Valkey, over a connection of the application, which is not disposed of.</summary>
    /// <param name="builder">The builder that <c>AddChatRelay</c> returned.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="configure">Changes the options, or <see langword="null"/>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IChatRelayBuilder UseRedis(
        this IChatRelayBuilder builder,
        IConnectionMultiplexer connection,
        Func<RedisChatStreamStoreOptions, RedisChatStreamStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connection);
        return builder.UseRedis(_ => connection, configure);
    }

    /// <summary>
    /// Keeps the streams in Redis 7 or Valkey, over a connection from the services of the application, which is not disposed of.
    /// </summary>
    /// <param name="builder">The builder that <c>AddChatRelay</c> returned.</param>
    /// <param name="connection">Returns the connection. Called once, when the store is first needed.</param>
    /// <param name="configure">Changes the options, or <see langword="null"/>.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// builder.Services.AddChatRelay().UseRedis(services => services.GetRequiredService&lt;IConnectionMultiplexer&gt;());
    /// </code>
    /// </example>
    public static IChatRelayBuilder UseRedis(
        this IChatRelayBuilder builder,
        Func<IServiceProvider, IConnectionMultiplexer> connection,
        Func<RedisChatStreamStoreOptions, RedisChatStreamStoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connection);
        return builder.UseStore((provider, common) =>
        {
            var options = new RedisChatStreamStoreOptions(common)
            {
                LoggerFactory = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
                TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
            };
            return new RedisChatStreamStore(connection(provider), configure?.Invoke(options) ?? options);
        });
    }
}
