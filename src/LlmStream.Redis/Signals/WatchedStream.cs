using LlmStream.Redis.Reading;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Redis.Signals;

/// <summary>A stream that this node reads: what its readers share.</summary>
internal sealed class WatchedStream : WatchedChannel
{
    private readonly object _lock = new();
    private readonly StreamTail? _tail;
    private readonly TimeProvider _time;
    private readonly TimeSpan _touchInterval;
    private long _messages;
    private long? _touched;

    public WatchedStream(
        RedisChannel channel,
        ISubscriber subscriber,
        Action<WatchedChannel, Exception?> removed,
        RedisChatStreamStoreOptions options)
        : base(channel, subscriber, removed)
    {
        _tail = options.TailBytes > 0 ? new StreamTail(options.TailBytes, options.TimeProvider) : null;
        _time = options.TimeProvider;
        _touchInterval = options.LeaseDuration / 6; // readers do it twice as often as that
    }

    public SharedReads Reads { get; } = new();

    /// <summary>The number of messages that have come which are not about records.</summary>
    public long Messages
    {
        get { lock (_lock) return _messages; }
    }

    /// <summary>Whether a reader of this node has just been noted at the server.</summary>
    public bool IsTouched
    {
        get { lock (_lock) return _touched is { } touched && _time.GetElapsedTime(touched) < _touchInterval; }
    }

    public void Touched()
    {
        lock (_lock) _touched = _time.GetTimestamp();
    }

    /// <returns>Null if the server has to be asked.</returns>
    public ChatStreamPage? TryRead(ChatStreamPosition after, int maxBytes)
    {
        lock (_lock) return _tail?.TryRead(after, maxBytes);
    }

    /// <summary>Keeps what was read, for other readers.</summary>
    /// <param name="after">The position after which it was read.</param>
    /// <param name="page">What was read.</param>
    /// <param name="messages">The value of <see cref="Messages"/> before.</param>
    public void Keep(ChatStreamPosition after, ChatStreamPage page, long messages)
    {
        lock (_lock)
        {
            // After a change of the producer, what was read before it may be invalid.
            if (messages == _messages) _tail?.Merge(after, page);
        }
    }

    protected override void Handle(ReadOnlyMemory<byte> message)
    {
        Reads.Signalled();
        RecordsMessage? records = RecordsMessage.TryParse(message);
        lock (_lock)
        {
            if (records is not null)
            {
                _tail?.Append(records);
                return;
            }

            _messages++;
            _tail?.Clear();
        }
    }
}
