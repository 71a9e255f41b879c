using System.Collections.Concurrent;
using LlmStream.Relay.Memory;

namespace LlmStream.Relay;

/// <summary>
/// Keeps streams in the memory of this process: the default, for one node. Bounded by bytes; what has expired is removed by one timer,
/// which runs only while there is something to remove.
/// </summary>
/// <example>
/// <code>
/// using var store = new MemoryChatStreamStore();
/// var relay = new ChatStreamRelay(store);
/// </code>
/// </example>
public sealed partial class MemoryChatStreamStore : IChatStreamStore, IDisposable
{
    private static readonly TimeSpan MaxSweepInterval = TimeSpan.FromSeconds(30);

    // Taken before the lock of a stream, never after it.
    private readonly object _index = new();
    private readonly Dictionary<(string Owner, string Conversation), KeptConversation> _conversations = [];
    private readonly ConcurrentDictionary<string, KeptStream> _streams = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, KeptStream> _running = new(StringComparer.Ordinal);
    private readonly MemoryChatStreamStoreOptions _options;
    private readonly MemoryBudget _budget;
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _sweeper;
    private readonly TimeSpan _sweepInterval;
    private bool _isSweeping;
    private bool _isDisposed;

    /// <summary>Creates an empty store.</summary>
    /// <param name="options">The options, or <see langword="null"/> for the defaults.</param>
    public MemoryChatStreamStore(MemoryChatStreamStoreOptions? options = null)
    {
        _options = options ?? new MemoryChatStreamStoreOptions();
        _time = _options.TimeProvider;
        _origin = _time.GetTimestamp();
        _budget = new MemoryBudget(_options.MaxMemoryBytes);
        TimeSpan[] retentions = [_options.RunningRetention, _options.EndedRetention, _options.StopRetention, MaxSweepInterval];
        _sweepInterval = retentions.Min();
        _sweeper = _time.CreateTimer(
            static store => ((MemoryChatStreamStore)store!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public ChatStreamStoreOptions Options => _options;

    /// <summary>The number of streams that are kept.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>The size of all streams, in bytes, an estimate of their overhead included.</summary>
    public long UsedBytes => _budget.Used;

    internal int ConversationCount
    {
        get { lock (_index) return _conversations.Count; }
    }

    /// <summary>Whether the timer runs.</summary>
    internal bool IsSweeping
    {
        get { lock (_index) return _isSweeping; }
    }

    internal int SubscriptionCount => _streams.Values.Sum(stream => stream.SubscriptionCount);

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <inheritdoc/>
    public ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(request.Owner, nameof(request));
        ArgumentException.ThrowIfNullOrEmpty(request.Conversation, nameof(request));
        ArgumentException.ThrowIfNullOrEmpty(request.Digest, nameof(request));
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        long size = KeptStream.SizeOf(request);
        lock (_index)
        {
            TimeSpan now = Now;
            KeptConversation? conversation = _conversations.GetValueOrDefault((request.Owner, request.Conversation));
            if (conversation?.TryJoin(request, now) is { } joined) return new(joined);
            if (conversation?.IsStopped(request.Digest, now) is true)
                return new(new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.Stopped });
            if (!TryTake(size)) return new(new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.StoreFull });

            var stream = new KeptStream(request, _options, _budget, now);
            KeptStream? superseded = conversation?.Latest is { } latest && latest.IsRunning(now) ? latest : null;
            ChatStreamStopOutcome? outcome = superseded is null ? null : Stop(superseded, epoch: null);
            if (outcome is not (ChatStreamStopOutcome.Requested or ChatStreamStopOutcome.Canceled))
                (superseded, outcome) = (null, null); // it has just ended by itself
            GetOrAddConversation(stream.Key).Add(stream);
            _streams[stream.Id] = stream;
            _running[stream.Id] = stream;
            StartSweeping();
            return new(new ChatStreamBeginResult
            {
                Outcome = ChatStreamBeginOutcome.Begun,
                Lease = stream.CreateLease(),
                Status = stream.GetStatus(now),
                SupersededStreamId = superseded?.Id,
                SupersededOutcome = outcome,
            });
        }
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        return new(Write(lease, stream => stream.SetRequest(lease, request, Now), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfZero(records.Count, nameof(records));
        return new(Write(lease, stream => stream.Append(lease, firstSequence, records, end: null, Now), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(end);
        ChatStreamWriteResult result =
            Write(lease, stream => stream.Append(lease, firstSequence, records, end, Now), cancellationToken);
        if (result.Verdict is not null) _running.TryRemove(lease.StreamId, out _);
        return new(result);
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        new(Write(lease, stream => stream.Renew(lease, Now), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        new(Write(lease, stream => stream.Release(lease, Now), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentException.ThrowIfNullOrEmpty(newEpoch);
        return new(Find(lease.StreamId, cancellationToken)?.RestartEpoch(lease, newEpoch, Now));
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        return new(Find(streamId, cancellationToken)?.Read(after, maxBytes, Now) ?? new ChatStreamPage { Gap = ChatStreamGap.NotFound });
    }

    /// <inheritdoc/>
    public ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default)
    {
        return new(Find(streamId, cancellationToken)?.Subscribe(signals) ?? new MemorySubscription(null, signals));
    }

    /// <inheritdoc/>
    public ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default)
    {
        Find(streamId, cancellationToken)?.Touch(Now);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default)
    {
        return new(Stop(Find(streamId, cancellationToken), epoch));
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        ArgumentException.ThrowIfNullOrEmpty(conversation);
        ArgumentException.ThrowIfNullOrEmpty(digest);
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        lock (_index)
        {
            KeptStream? stream = _conversations.GetValueOrDefault((owner, conversation))?.Find(digest);
            ChatStreamStopOutcome outcome = Stop(stream, epoch: null);
            if (outcome != ChatStreamStopOutcome.NotFound) return new(outcome);
            if (!TryTake(MemoryBudget.StopSize)) return new(ChatStreamStopOutcome.NotFound);
            bool isNew = GetOrAddConversation((owner, conversation)).AddStop(digest, Now + _options.StopRetention);
            if (!isNew) _budget.Return(MemoryBudget.StopSize);
            StartSweeping();
            return new(ChatStreamStopOutcome.Prevented);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default) =>
        new(Find(streamId, cancellationToken)?.GetStatus(Now));

    /// <inheritdoc/>
    public ValueTask<ChatStreamStatus?> FindAsync(string owner, string conversation, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_index)
        {
            KeptConversation? kept = _conversations.GetValueOrDefault((owner, conversation));
            return new(kept is { IsForgotten: false } ? kept.Latest?.GetStatus(Now) : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default)
    {
        KeptStream? stream = Find(streamId, cancellationToken);
        lock (_index)
        {
            if (stream?.GetStatus(Now) is not { Verdict: not null }) return new(false);
            KeptConversation? kept = _conversations.GetValueOrDefault(stream.Key);
            if (kept is not null && ReferenceEquals(kept.Latest, stream)) kept.IsForgotten = true;
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(seenEpoch);
        ArgumentException.ThrowIfNullOrEmpty(newEpoch);
        ChatStreamTakeoverResult result = Find(streamId, cancellationToken)?.TryTakeOver(seenEpoch, newEpoch, Now)
            ?? new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.NotFound };
        if (result.Outcome is ChatStreamTakeoverOutcome.Ended or ChatStreamTakeoverOutcome.Canceled) _running.TryRemove(streamId, out _);
        return new(result);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan now = Now;
        var found = new List<ChatStreamStatus>();
        foreach (KeptStream stream in _running.Values)
        {
            if (found.Count >= maxCount) break;
            if (stream.GetStatus(now) is { IsLeaseExpired: true } status) found.Add(status);
        }

        return new(found);
    }

    /// <summary>Removes everything. Readers that wait get a gap.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _sweeper.Dispose();
        foreach (KeptStream stream in _streams.Values) Remove(stream);
        lock (_index) _conversations.Clear();
    }

    /// <summary>Loses the last records of a stream, as a failover may. For tests.</summary>
    internal void LoseRecords(string streamId, int count) => _streams[streamId].LoseRecords(count);

    private ChatStreamWriteResult Write(
        ChatStreamLease lease, Func<KeptStream, ChatStreamWriteResult> write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        if (Find(lease.StreamId, cancellationToken) is not { } stream)
            return new ChatStreamWriteResult { Outcome = ChatStreamWriteOutcome.NotFound };
        while (true)
        {
            ChatStreamWriteResult result = write(stream);
            if (result.Outcome != ChatStreamWriteOutcome.StoreFull || !MakeRoom()) return result;
        }
    }

    private KeptStream? Find(string streamId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        cancellationToken.ThrowIfCancellationRequested();
        return _streams.GetValueOrDefault(streamId);
    }

    private ChatStreamStopOutcome Stop(KeptStream? stream, string? epoch)
    {
        if (stream is null) return ChatStreamStopOutcome.NotFound;
        ChatStreamStopOutcome outcome = stream.RequestStop(epoch, Now);
        if (outcome == ChatStreamStopOutcome.Canceled) _running.TryRemove(stream.Id, out _);
        return outcome;
    }

    private KeptConversation GetOrAddConversation((string Owner, string Conversation) key)
    {
        if (!_conversations.TryGetValue(key, out KeptConversation? kept)) _conversations.Add(key, kept = new KeptConversation());
        return kept;
    }
}
