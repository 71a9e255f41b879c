using LlmStream.Redis.Diagnostics;
using StackExchange.Redis;

namespace LlmStream.Redis.Signals;

/// <summary>A channel that this node has subscribed to once, with all subscriptions of streams that it signals.</summary>
/// <remarks>It is closed when the last of them leaves, and never opened again.</remarks>
internal class WatchedChannel(RedisChannel channel, ISubscriber subscriber, Action<WatchedChannel, Exception?> removed)
{
    private readonly object _lock = new();
    private readonly List<RedisSubscription> _subscriptions = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<ChannelMessageQueue>? _opening;
    private bool _isClosed;

    public RedisChannel Channel => channel;

    /// <summary>Ends when the server has confirmed the subscription.</summary>
    public Task Opened => _opening!;

    /// <summary>Ends when the subscription was given up.</summary>
    public Task Closed => _closed.Task;

    /// <returns>False if the channel is closed.</returns>
    public bool TryAdd(RedisSubscription subscription)
    {
        lock (_lock)
        {
            if (_isClosed) return false;
            _subscriptions.Add(subscription);
            _opening ??= OpenAsync();
            return true;
        }
    }

    public void Remove(RedisSubscription subscription)
    {
        lock (_lock)
        {
            if (!_subscriptions.Remove(subscription) || _subscriptions.Count > 0 || _isClosed) return;
            _isClosed = true;
        }

        _ = CloseAsync();
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

    /// <summary>Signals everybody, because messages may have been lost.</summary>
    public void Reset()
    {
        Handle(default);
        Signal();
    }

    /// <summary>Notes what a message says; an empty one says that something has changed.</summary>
    protected virtual void Handle(ReadOnlyMemory<byte> message)
    {
    }

    private void Signal()
    {
        lock (_lock)
        {
            foreach (RedisSubscription subscription in _subscriptions) subscription.Set();
        }
    }

    private async Task<ChannelMessageQueue> OpenAsync()
    {
        ChannelMessageQueue queue = await subscriber.SubscribeAsync(channel).ConfigureAwait(false);
        queue.OnMessage(message =>
        {
            Instruments.Signalled();
            Handle(message.Message);
            Signal();
        });
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
}
