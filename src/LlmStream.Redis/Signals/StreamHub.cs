using System.Collections.Concurrent;
using LlmStream.Relay;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis.Signals;

/// <summary>The streams that this node watches: one subscription of the server for each, whatever the number of its readers.</summary>
internal sealed class StreamHub : IDisposable
{
    private readonly ConcurrentDictionary<string, WatchedStream> _streams = new(StringComparer.Ordinal);
    private readonly IConnectionMultiplexer _connection;
    private readonly StreamKeys _keys;
    private readonly ILogger _logger;
    private volatile bool _isDisposed;

    public StreamHub(IConnectionMultiplexer connection, StreamKeys keys, ILogger logger)
    {
        _connection = connection;
        _keys = keys;
        _logger = logger;
        connection.ConnectionRestored += OnConnectionRestored;
    }

    /// <summary>The number of streams that are watched.</summary>
    public int Count => _streams.Count;

    public async ValueTask<RedisSubscription> SubscribeAsync(
        string id, ChatStreamSignals signals, CancellationToken cancellationToken)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            WatchedStream stream = _streams.GetOrAdd(
                id, static (id, hub) => new WatchedStream(id, hub._keys.Channel(id), hub._connection.GetSubscriber(), hub.Removed), this);
            if (stream.TryAdd(signals) is not { } subscription)
            {
                // Its subscription is being given up. A new one must come after that.
                await stream.Closed.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                await stream.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
                return subscription;
            }
            catch
            {
                stream.Remove(subscription);
                throw;
            }
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _connection.ConnectionRestored -= OnConnectionRestored;
        foreach (WatchedStream stream in _streams.Values) stream.Close();
    }

    private void Removed(WatchedStream stream, Exception? failure)
    {
        _streams.TryRemove(new KeyValuePair<string, WatchedStream>(stream.Id, stream));
        if (failure is not null && !_isDisposed) _logger.UnsubscribeFailed(failure);
    }

    /// <summary>What was published meanwhile is lost: all look for themselves.</summary>
    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e)
    {
        foreach (WatchedStream stream in _streams.Values) stream.Signal(ChatStreamSignals.Records | ChatStreamSignals.Stop);
    }
}
