using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis.DependencyInjection;

/// <summary>A connection that the application does not have, made when it is first needed, and disposed of with the services.</summary>
internal sealed class RedisConnection(ConfigurationOptions options, ILoggerFactory? loggers) : IAsyncDisposable, IDisposable
{
    private readonly Lazy<ConnectionMultiplexer> _connection = new(() =>
    {
        options.LoggerFactory ??= loggers;
        return ConnectionMultiplexer.Connect(options);
    });

    public IConnectionMultiplexer Multiplexer => _connection.Value;

    /// <exception cref="ArgumentException">The configuration is invalid. The message does not have it, because of passwords.</exception>
    public static ConfigurationOptions Parse(string configuration)
    {
        ConfigurationOptions options = TryParse(configuration)
            ?? throw new ArgumentException("The configuration of the Redis connection is invalid.", nameof(configuration));

        // A server that is not there yet must not end the application. The relay repeats its calls.
        options.AbortOnConnectFail = false;
        options.ClientName ??= "LlmStream";
        return options;
    }

    public void Dispose()
    {
        if (_connection.IsValueCreated) _connection.Value.Dispose();
    }

    public ValueTask DisposeAsync() => _connection.IsValueCreated ? _connection.Value.DisposeAsync() : default;

    private static ConfigurationOptions? TryParse(string configuration)
    {
        try
        {
            return ConfigurationOptions.Parse(configuration);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
