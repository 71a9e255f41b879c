using LlmStream.Redis.Diagnostics;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Redis.Signals;

/// <summary>A stream that this node watches, with all who wait for its changes.</summary>
/// <remarks>It is closed when the last of them leaves, and never opened again.</remarks>
internal sealed class WatchedStream(
    string id, RedisChannel channel, ISubscriber subscriber, Action<WatchedStream, Exception?> removed)
{
    private readonly object _lock = new();
    private readonly List<RedisSubscription> _subscriptions = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<ChannelMessageQueue>? _opening;
    private bool _isClosed;

    public string Id => id;

    /// <summary>Ends when the server has confirmed the subscription.</summary>
    public Task Opened => _opening!;

    /// <summary>Ends when the subscription was given up.</summary>
    public Task Closed => _closed.Task;

    /// <returns>Null if the stream is closed.</returns>
    public RedisSubscription? TryAdd(ChatStreamSignals signals)
    {
        var subscription = new RedisSubscription(this, signals);
        lock (_lock)
        {
            if (_isClosed) return null;
            _subscriptions.Add(subscription);
            _opening ??= OpenAsync();
            return subscription;
        }
    }

    public void Remove(RedisSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
            if (_subscriptions.Count > 0 || _isClosed) return;
            _isClosed = true;
        }

        _ = CloseAsync();
    }

    public void Signal(ChatStreamSignals signals)
    {
        lock (_lock)
        {
            foreach (RedisSubscription subscription in _subscriptions)
            {
                if ((subscription.Signals & signals) != ChatStreamSignals.None) subscription.Set();
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
        }

        _ = CloseAsync();
    }

    private async Task<ChannelMessageQueue> OpenAsync()
    {
        ChannelMessageQueue queue = await subscriber.SubscribeAsync(channel).ConfigureAwait(false);
        queue.OnMessage(OnMessage);
        return queue;
    }

    private async Task CloseAsync()
    {
        Exception? failure = null;
        try
        {
            if (_opening is not null)
            {
                ChannelMessageQueue queue = await _opening.ConfigureAwait(false);
                await queue.UnsubscribeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        removed(this, failure);
        _closed.SetResult();
    }

    private void OnMessage(ChannelMessage message)
    {
        Instruments.Signalled();
        Signal((string?)message.Message switch
        {
            "r" => ChatStreamSignals.Records,
            "s" => ChatStreamSignals.Stop,
            _ => ChatStreamSignals.Records | ChatStreamSignals.Stop,
        });
    }
}
