namespace LlmStream.Relay.Tests.Fakes;

/// <summary>What happens to a call of a <see cref="FaultyStore"/>.</summary>
internal enum Fault
{
    None,

    /// <summary>The call does not reach the store.</summary>
    Before,

    /// <summary>The call is done, but its result is lost.</summary>
    After,
}

/// <summary>The connection of one node to a store. It can fail, and die with its node.</summary>
internal sealed class FaultyStore(IChatStreamStore inner) : IChatStreamStore
{
    private readonly object _lock = new();
    private readonly List<(long Sequence, TaskCompletionSource Source)> _waits = [];
    private long _appended;

    public ChatStreamStoreOptions Options => inner.Options;

    /// <summary>Decides what happens to each write, by the name of the method.</summary>
    public Func<string, Fault> OnWrite { get; set; } = _ => Fault.None;

    /// <summary>How many records are stored before the node dies. Nothing more reaches the store after that.</summary>
    public long DiesAfter { get; set; } = long.MaxValue;

    public bool IsDead => Interlocked.Read(ref _appended) >= DiesAfter;

    public List<int> AppendSizes { get; } = [];

    public int Renewals { get; private set; }

    public int Touches { get; private set; }

    /// <summary>Waits until a record is stored.</summary>
    public Task WaitForRecordAsync(long sequence, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_appended >= sequence) return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((sequence, source));
            return source.Task.WaitAsync(cancellationToken);
        }
    }

    public ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(BeginAsync), () => inner.BeginAsync(request, cancellationToken));

    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(SetRequestAsync), () => inner.SetRequestAsync(lease, request, cancellationToken));

    public async ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken = default)
    {
        lock (_lock) AppendSizes.Add(records.Count);
        ChatStreamWriteResult result = await WriteAsync(
            nameof(AppendAsync),
            async () =>
            {
                ChatStreamWriteResult written = await inner.AppendAsync(lease, firstSequence, records, cancellationToken);
                if (written.Outcome == ChatStreamWriteOutcome.Written) Appended(written.LastSequence);
                return written;
            });
        return result;
    }

    public ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(CompleteAsync), () => inner.CompleteAsync(lease, firstSequence, records, end, cancellationToken));

    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default)
    {
        Renewals++;
        return WriteAsync(nameof(RenewAsync), () => inner.RenewAsync(lease, cancellationToken));
    }

    public ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(ReleaseAsync), () => inner.ReleaseAsync(lease, cancellationToken));

    public ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(RestartEpochAsync), () => inner.RestartEpochAsync(lease, newEpoch, cancellationToken));

    public ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(ReadAsync), () => inner.ReadAsync(streamId, after, maxBytes, cancellationToken));

    public ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(SubscribeAsync), () => inner.SubscribeAsync(streamId, signals, cancellationToken));

    public ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default)
    {
        Touches++;
        return inner.TouchAsync(streamId, cancellationToken);
    }

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default) =>
        inner.RequestStopAsync(streamId, epoch, cancellationToken);

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default) =>
        inner.RequestStopAsync(owner, conversation, digest, cancellationToken);

    public ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default) =>
        inner.GetStatusAsync(streamId, cancellationToken);

    public ValueTask<ChatStreamStatus?> FindAsync(string owner, string conversation, CancellationToken cancellationToken = default) =>
        inner.FindAsync(owner, conversation, cancellationToken);

    public ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default) =>
        inner.ForgetAsync(streamId, cancellationToken);

    public ValueTask<ChatStreamTakeOverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default) =>
        WriteAsync(nameof(TryTakeOverAsync), () => inner.TryTakeOverAsync(streamId, seenEpoch, newEpoch, cancellationToken));

    public ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default) =>
        inner.FindAbandonedAsync(maxCount, cancellationToken);

    private async ValueTask<T> WriteAsync<T>(string method, Func<ValueTask<T>> write)
    {
        Fault fault = OnWrite(method);
        if (IsDead || fault == Fault.Before) throw new IOException("The store is away.");
        T result = await write();
        if (fault == Fault.After) throw new IOException("The result was lost.");
        return result;
    }

    private void Appended(long sequence)
    {
        lock (_lock)
        {
            _appended = sequence;
            foreach ((long wanted, TaskCompletionSource source) in _waits)
            {
                if (wanted <= sequence) source.TrySetResult();
            }
        }
    }
}
