using System.Diagnostics;

namespace LlmStream.Relay.Memory;

/// <summary>A stream in memory. All members are thread-safe.</summary>
/// <remarks>
/// Invariant: <c>_records[i]</c>, for i below <c>_count</c>, has the sequence number i + 1. <c>_end</c> is set once, and after that nothing
/// is written. After <see cref="Remove"/> the stream does not exist.
/// </remarks>
internal sealed partial class KeptStream
{
    private readonly object _lock = new();
    private readonly ChatStreamStoreOptions _options;
    private readonly MemoryBudget _budget;
    private readonly ChatStreamBeginRequest _begun;
    private ChatStreamRecord[] _records = [];
    private int _count;
    private readonly EpochList _epochs;
    private ReadOnlyMemory<byte> _request;
    private ChatStreamEnd? _end;
    private bool _isStopRequested;
    private bool _isRemoved;
    private int _takeOverCount;
    private bool _mayContinue = true; // the current producer
    private long _recordBytes;
    private long _charged;
    private TimeSpan _leaseUntil;
    private bool _isReleased; // by the current producer
    private TimeSpan _expiresAt;
    private TimeSpan _lastReader;

    public KeptStream(ChatStreamBeginRequest begun, ChatStreamStoreOptions options, MemoryBudget budget, TimeSpan now)
    {
        _begun = begun;
        _options = options;
        _budget = budget;
        _charged = SizeOf(begun);
        _lastReader = now;
        FirstEpoch = begun.Epoch.Length > 0 ? begun.Epoch : RandomId.CreateEpoch();
        _epochs = new EpochList(FirstEpoch);
        Renew(now);
    }

    public string Id { get; } = RandomId.CreateStreamId();

    /// <summary>The epoch of the producer that has begun the stream.</summary>
    public string FirstEpoch { get; }

    public (string Owner, string Conversation) Key => (_begun.Owner, _begun.Conversation);

    public string Digest => _begun.Digest;

    private long Last => _count;

    /// <summary>What a stream is charged to the budget before it has records.</summary>
    public static long SizeOf(ChatStreamBeginRequest begun) =>
        MemoryBudget.StreamOverhead + begun.Metadata.Length + (2L * (begun.Owner.Length + begun.Conversation.Length + begun.Digest.Length));

    public ChatStreamLease CreateLease()
    {
        lock (_lock) return Lease();
    }

    public bool IsRunning(TimeSpan now)
    {
        lock (_lock) return Exists(now) && _end is null;
    }

    public bool IsExpired(TimeSpan now)
    {
        lock (_lock) return !Exists(now);
    }

    /// <summary>When the stream expires, if it has ended and nobody reads it; else null.</summary>
    public TimeSpan? RemovableSince()
    {
        lock (_lock) return _end is not null && _subscriptions.Count == 0 ? _expiresAt : null;
    }

    public ChatStreamStatus? GetStatus(TimeSpan now)
    {
        lock (_lock)
        {
            return !Exists(now) ? null : new ChatStreamStatus
            {
                StreamId = Id,
                Owner = _begun.Owner,
                Conversation = _begun.Conversation,
                Digest = _begun.Digest,
                Metadata = _begun.Metadata,
                Epoch = _epochs.Current,
                LastSequence = Last,
                TakeoverCount = _takeOverCount,
                IsLeaseExpired = IsLeaseExpired(now),
                IsStopRequested = _isStopRequested,
                Verdict = _end?.Verdict,
            };
        }
    }

    public ChatStreamWriteResult SetRequest(ChatStreamLease lease, ReadOnlyMemory<byte> request, TimeSpan now)
    {
        lock (_lock)
        {
            if (Refuse(lease, now) is { } refused) return refused;
            int added = request.Length - _request.Length;
            if (added > 0 && !_budget.TryTake(added)) return Result(ChatStreamWriteOutcome.StoreFull, now);
            if (added < 0) _budget.Return(-added);
            _charged += added;
            _request = request;
            return Result(ChatStreamWriteOutcome.Written, now);
        }
    }

    public ChatStreamWriteResult Append(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records, ChatStreamEnd? end, TimeSpan now)
    {
        lock (_lock)
        {
            bool isRepeatedEnd = end is not null && _end is not null && Exists(now) && lease.Epoch == _epochs.Current
                && firstSequence >= _epochs.FirstSequence && firstSequence + records.Count - 1 == Last;
            if (isRepeatedEnd) return Result(ChatStreamWriteOutcome.Written, now);
            if (Refuse(lease, now) is { } refused) return refused;
            if (firstSequence < _epochs.FirstSequence) return Result(ChatStreamWriteOutcome.Fenced, now);
            if (firstSequence > Last + 1) return Result(ChatStreamWriteOutcome.Lost, now);

            int skipped = (int)Math.Min(Last + 1 - firstSequence, records.Count);
            long bytes = 0;
            for (int i = skipped; i < records.Count; i++) bytes += records[i].Length;
            if (bytes > 0 && _recordBytes + bytes > _options.MaxStreamBytes) return Result(ChatStreamWriteOutcome.TooLarge, now);
            long charge = bytes + ((records.Count - skipped) * (long)MemoryBudget.RecordOverhead);
            if (charge > 0 && !_budget.TryTake(charge)) return Result(ChatStreamWriteOutcome.StoreFull, now);

            _recordBytes += bytes;
            _charged += charge;
            for (int i = skipped; i < records.Count; i++)
                Add(new ChatStreamRecord(new ChatStreamPosition(_epochs.Current, Last + 1), records[i]));
            Renew(now);
            if (end is not null) End(end, now);
            else if (skipped < records.Count) Signal(ChatStreamSignals.Records);
            return Result(ChatStreamWriteOutcome.Written, now);
        }
    }

    public ChatStreamWriteResult Renew(ChatStreamLease lease, TimeSpan now)
    {
        lock (_lock)
        {
            if (Refuse(lease, now) is { } refused) return refused;
            Renew(now);
            return Result(ChatStreamWriteOutcome.Written, now);
        }
    }

    public ChatStreamWriteResult Release(ChatStreamLease lease, TimeSpan now)
    {
        lock (_lock)
        {
            if (Refuse(lease, now) is { } refused) return refused;
            _leaseUntil = now;
            _isReleased = true;
            return Result(ChatStreamWriteOutcome.Written, now);
        }
    }

    public ChatStreamLease? RestartEpoch(ChatStreamLease lease, string newEpoch, TimeSpan now)
    {
        lock (_lock)
        {
            if (Exists(now) && _end is null && newEpoch == _epochs.Current) return Lease();
            if (Refuse(lease, now) is not null) return null;
            BeginEpoch(newEpoch, now);
            return Lease();
        }
    }

    public ChatStreamTakeoverResult TryTakeOver(string seenEpoch, string newEpoch, TimeSpan now)
    {
        lock (_lock)
        {
            if (!Exists(now)) return TakeOver(ChatStreamTakeoverOutcome.NotFound);
            if (_end is not null) return TakeOver(ChatStreamTakeoverOutcome.Ended);
            if (newEpoch == _epochs.Current) return Taken();
            if (seenEpoch != _epochs.Current) return TakeOver(ChatStreamTakeoverOutcome.EpochChanged);
            if (!IsLeaseExpired(now)) return TakeOver(ChatStreamTakeoverOutcome.LeaseHeld);
            if (_isStopRequested)
            {
                End(new ChatStreamEnd(ChatStreamVerdict.Canceled, default), now);
                return TakeOver(ChatStreamTakeoverOutcome.Canceled);
            }

            // A producer that hands over has not failed: its successor may do what it was permitted to do.
            if (!_isReleased)
            {
                _mayContinue = _takeOverCount < _options.MaxTakeovers;
                if (_mayContinue) _takeOverCount++;
            }

            BeginEpoch(newEpoch, now);
            return Taken();
        }

        ChatStreamTakeoverResult Taken() =>
            TakeOver(ChatStreamTakeoverOutcome.Taken) with { Lease = Lease(), MayContinue = _mayContinue, Request = _request };

        static ChatStreamTakeoverResult TakeOver(ChatStreamTakeoverOutcome outcome) => new() { Outcome = outcome };
    }

    public ChatStreamStopOutcome RequestStop(string? epoch, TimeSpan now)
    {
        lock (_lock)
        {
            if (!Exists(now)) return ChatStreamStopOutcome.NotFound;
            if (_end is not null) return ChatStreamStopOutcome.Ended;
            if (epoch is not null && epoch != _epochs.Current) return ChatStreamStopOutcome.EpochChanged;
            _isStopRequested = true;
            if (IsLeaseExpired(now))
            {
                End(new ChatStreamEnd(ChatStreamVerdict.Canceled, default), now);
                return ChatStreamStopOutcome.Canceled;
            }

            Signal(ChatStreamSignals.Stop);
            return ChatStreamStopOutcome.Requested;
        }
    }

    public ChatStreamPage Read(ChatStreamPosition after, int maxBytes, TimeSpan now)
    {
        lock (_lock)
        {
            if (!Exists(now)) return new ChatStreamPage { Gap = ChatStreamGap.NotFound };
            if (!_epochs.Has(after, Last)) return new ChatStreamPage { Gap = ChatStreamGap.PositionLost };
            int first = (int)after.Sequence, count = 0;
            for (long bytes = 0; first + count < _count && (count == 0 || bytes < maxBytes); count++)
                bytes += _records[first + count].Data.Length;
            return new ChatStreamPage
            {
                // Records that are there never change, so that they need not be copied.
                Records = new ArraySegment<ChatStreamRecord>(_records, first, count),
                LastSequence = Last,
                End = first + count == _count ? _end : null,
                IsLeaseExpired = IsLeaseExpired(now),
                Epoch = _epochs.Current,
            };
        }
    }

    public void Touch(TimeSpan now)
    {
        lock (_lock) _lastReader = now;
    }

    /// <summary>Removes everything; readers that wait get a gap.</summary>
    public void Remove()
    {
        lock (_lock)
        {
            if (_isRemoved) return;
            _isRemoved = true;
            _records = [];
            _count = 0;
            _request = default;
            _budget.Return(_charged);
            Signal(ChatStreamSignals.Records | ChatStreamSignals.Stop);
        }
    }

    /// <summary>Loses the last records, as a store does whose replica lacked them when it took over. For tests.</summary>
    public void LoseRecords(int count)
    {
        lock (_lock)
        {
            _records = _records[..(_count - count)]; // not the array that pages share
            _count -= count;
            _epochs.Truncate(Last);
        }
    }

    private void Add(ChatStreamRecord record)
    {
        if (_count == _records.Length) Array.Resize(ref _records, Math.Max(16, _count * 2));
        _records[_count++] = record;
    }

    private bool Exists(TimeSpan now) => !_isRemoved && now < _expiresAt;

    private bool IsLeaseExpired(TimeSpan now) => _end is null && now >= _leaseUntil;

    private ChatStreamWriteResult? Refuse(ChatStreamLease lease, TimeSpan now) =>
        !Exists(now) ? new ChatStreamWriteResult { Outcome = ChatStreamWriteOutcome.NotFound }
        : lease.Epoch != _epochs.Current ? Result(ChatStreamWriteOutcome.Fenced, now)
        : _end is not null ? Result(ChatStreamWriteOutcome.Ended, now)
        : null;

    private ChatStreamWriteResult Result(ChatStreamWriteOutcome outcome, TimeSpan now) => new()
    {
        Outcome = outcome,
        LastSequence = Last,
        IsStopRequested = _isStopRequested,
        Verdict = _end?.Verdict,
        SinceLastReader = now - _lastReader,
    };

    private ChatStreamLease Lease() => new() { StreamId = Id, Epoch = _epochs.Current, LastSequence = Last };

    private void Renew(TimeSpan now)
    {
        _isReleased = false;
        _leaseUntil = now + _options.LeaseDuration;
        _expiresAt = now + _options.RunningRetention;
    }

    private void BeginEpoch(string epoch, TimeSpan now)
    {
        _epochs.Begin(epoch, Last + 1);
        Renew(now);
        Signal(ChatStreamSignals.Records);
    }

    private void End(ChatStreamEnd end, TimeSpan now)
    {
        Debug.Assert(_end is null, "A stream ends once.");
        _end = _isStopRequested && end.Verdict == ChatStreamVerdict.Complete ? end with { Verdict = ChatStreamVerdict.Canceled } : end;
        _expiresAt = now + _options.EndedRetention;
        _budget.Return(_request.Length - (long)end.Data.Length);
        _charged += end.Data.Length - _request.Length;
        _request = default;
        Signal(ChatStreamSignals.Records | ChatStreamSignals.Stop);
    }
}
