using LlmStream.Redis.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>The server: calls it, measures the calls, and checks its settings.</summary>
internal sealed class RedisServer : IDisposable
{
    private readonly IConnectionMultiplexer _connection;
    private readonly int _database;
    private readonly TimeProvider _time;

    public RedisServer(IConnectionMultiplexer connection, RedisChatStreamStoreOptions options, StreamKeys keys, ILogger logger)
    {
        _connection = connection;
        _database = options.Database;
        _time = options.TimeProvider;
        Eviction = new EvictionCheck(connection, () => Database, keys, logger);
    }

    public IDatabase Database => _connection.GetDatabase(_database);

    public EvictionCheck Eviction { get; }

    /// <summary>What the connection adds to the channels of subscriptions, which scripts have to add themselves.</summary>
    public static string ChannelPrefixOf(IConnectionMultiplexer connection)
    {
        try
        {
            return (string?)ConfigurationOptions.Parse(connection.Configuration, ignoreUnknown: true).ChannelPrefix ?? "";
        }
        catch (ArgumentException)
        {
            return "";
        }
    }

    public static bool IsOutOfMemory(RedisServerException exception) =>
        exception.Message.StartsWith("OOM", StringComparison.Ordinal);

    /// <summary>Runs a script: by its hash, or whole if the server does not know it.</summary>
    public ValueTask<RedisResult> EvaluateAsync(
        string operation, string script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken) =>
        CallAsync(operation, database => database.ScriptEvaluateAsync(script, keys, values), cancellationToken);

    public async ValueTask<T> CallAsync<T>(string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Eviction.StartOnce();
        long begun = _time.GetTimestamp();
        try
        {
            T result = await call(Database).WaitAsync(cancellationToken).ConfigureAwait(false);
            Instruments.Record(operation, _time.GetElapsedTime(begun), null);
            return result;
        }
        catch (Exception exception)
        {
            Instruments.Record(operation, _time.GetElapsedTime(begun), exception);
            throw;
        }
    }

    public void Dispose() => Eviction.Dispose();
}
