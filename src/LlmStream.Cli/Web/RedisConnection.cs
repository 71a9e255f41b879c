using StackExchange.Redis;

namespace LlmStream.Cli.Web;

/// <summary>Connects to Redis.</summary>
internal static class RedisConnection
{
    /// <summary>The environment variable with the password, the same as that of redis-cli.</summary>
    public const string PasswordVariable = "REDISCLI_AUTH";

    // Redis is usually on this machine or near it; the user waits for the page.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Connects. Once that has succeeded, a connection that is lost is made again without end.</summary>
    /// <exception cref="IOException">Redis cannot be reached, or refuses the connection.</exception>
    public static async Task<ConnectionMultiplexer> ConnectAsync(string address, CliEnvironment environment)
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { address },
            Password = environment.GetVariable(PasswordVariable) is { Length: > 0 } password ? password : null,
            ClientName = "llmstream",
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = (int)ConnectTimeout.TotalMilliseconds,
            AsyncTimeout = (int)ConnectTimeout.TotalMilliseconds,
            // People are waiting for the rest of an answer.
            ReconnectRetryPolicy = new LinearRetry((int)ReconnectInterval.TotalMilliseconds),
        };
        try
        {
            ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
            await connection.GetDatabase().PingAsync().ConfigureAwait(false);
            return connection;
        }
        catch (RedisException exception)
        {
            throw new IOException($"Redis at {address} {Describe(exception, options.Password is not null)}", exception);
        }
    }

    private static string Describe(RedisException exception, bool hasPassword) => exception switch
    {
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } when hasPassword =>
            $"refused the password in {PasswordVariable}",
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } =>
            $"requires a password; set {PasswordVariable}",
        RedisConnectionException => "cannot be reached; is it running?",
        _ => $"failed: {exception.Message}",
    };
}
