using System.Collections.Concurrent;
using LlmStream.Relay;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis.Signals;

/// <summary>
/// The streams that this node reads and produces: one subscription of the server for each, whatever the number of readers.
/// </summary>
internal sealed class StreamHub : IDisposable
{
    private readonly ConcurrentDictionary<RedisChannel, WatchedChannel> _channels = new();
    private readonly IConnectionMultiplexer _connection;
    private readonly StreamKeys _keys;
    private readonly RedisChatStreamStoreOptions _options;
    private readonly ILogger _logger;
    private volatile bool _isDisposed;

    public StreamHub(IConnectionMultiplexer connection, StreamKeys keys, RedisChatStreamStoreOptions options, ILogger logger)
    {
        _connection = connection;
        _keys = keys;
        _options = options;
        _logger = logger;
        connection.ConnectionRestored += OnConnectionRestored;
    }

    /// <summary>The number of channels.</summary>
    public int Count => _channels.Count;

    /// <summary>The stream if this node reads it.</summary>
    public WatchedStream? FindStream(string id) => _channels.GetValueOrDefault(_keys.Channel(id)) as WatchedStream;

    public async ValueTask<RedisSubscription> SubscribeAsync(
        string id, ChatStreamSignals signals, CancellationToken cancellationToken)
    {
        var channels = new List<WatchedChannel>(1);
        var subscription = new RedisSubscription(channels);
        try
        {
            if (signals.HasFlag(ChatStreamSignals.Records))
                channels.Add(await AddAsync(_keys.Channel(id), isStream: true, subscription, cancellationToken).ConfigureAwait(false));
            if (signals.HasFlag(ChatStreamSignals.Stop))
                channels.Add(await AddAsync(_keys.StopChannel(id), isStream: false, subscription, cancellationToken).ConfigureAwait(false));
            return subscription;
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _connection.ConnectionRestored -= OnConnectionRestored;
        foreach (WatchedChannel channel in _channels.Values) channel.Close();
    }

    private async ValueTask<WatchedChannel> AddAsync(
        RedisChannel name, bool isStream, RedisSubscription subscription, CancellationToken cancellationToken)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            WatchedChannel channel = _channels.GetOrAdd(name, Create, isStream);
            if (!channel.TryAdd(subscription))
            {
                // It is being given up. A new subscription must come after that.
                await channel.Closed.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                await channel.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
                return channel;
            }
            catch
            {
                channel.Remove(subscription);
                throw;
            }
        }
    }

    private WatchedChannel Create(RedisChannel name, bool isStream) => isStream
        ? new WatchedStream(name, _connection.GetSubscriber(), Removed, _options)
        : new WatchedChannel(name, _connection.GetSubscriber(), Removed);

    private void Removed(WatchedChannel channel, Exception? failure)
    {
        _channels.TryRemove(new KeyValuePair<RedisChannel, WatchedChannel>(channel.Channel, channel));
        if (failure is not null && !_isDisposed) _logger.UnsubscribeFailed(failure);
    }

    /// <summary>What was published meanwhile is lost: all look for themselves.</summary>
    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs e)
    {
        foreach (WatchedChannel channel in _channels.Values) channel.Reset();
    }
}
