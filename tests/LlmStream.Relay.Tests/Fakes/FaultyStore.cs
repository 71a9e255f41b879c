namespace LlmStream.Relay.Tests.Fakes;

/// <summary>What happens to a call of a <see cref="FaultyStore"/>.</summary>
internal enum Fault
{
    None,

    /// <summary>The call does not reach the store.</summary>
    Before,

    /// <summary>The call is done, but its result is lost.</summary>
    After,

    /// <summary>The call does not reach the store, and returns only when it is cancelled.</summary>
    Hangs,
}

/// <summary>The connection of one node to a store. It can fail, and die with its node.</summary>
internal sealed class FaultyStore(IChatStreamStore inner) : IChatStreamStore
{
    private readonly object _lock = new();
    private readonly Dictionary<string, int> _calls = [];
    private readonly List<(Func<bool> IsReached, TaskCompletionSource Source)> _waits = [];
    private long _appended;

    public ChatStreamStoreOptions Options => inner.Options;

    /// <summary>Decides what happens to each call, by the name of the method.</summary>
    public Func<string, Fault> OnCall { get; set; } = _ => Fault.None;

    /// <summary>How many records are stored before the node dies. Nothing more reaches the store after that.</summary>
    public long DiesAfter { get; set; } = long.MaxValue;

    public bool IsDead => Interlocked.Read(ref _appended) >= DiesAfter;

    public List<int> AppendSizes { get; } = [];

    /// <summary>How many calls of a method were done.</summary>
    public int CountOf(string method)
    {
        lock (_lock) return _calls.GetValueOrDefault(method);
    }

    /// <summary>Waits until a record is stored.</summary>
    public Task WaitForRecordAsync(long sequence, CancellationToken cancellationToken = default) =>
        WaitAsync(() => _appended >= sequence, cancellationToken);

    /// <summary>Waits until some calls of a method were done.</summary>
    public Task WaitForCallsAsync(string method, int count, CancellationToken cancellationToken = default) =>
        WaitAsync(() => _calls.GetValueOrDefault(method) >= count, cancellationToken);

    public ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(BeginAsync), () => inner.BeginAsync(request, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(SetRequestAsync), () => inner.SetRequestAsync(lease, request, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken = default)
    {
        lock (_lock) AppendSizes.Add(records.Count);
        return CallAsync(nameof(AppendAsync), AppendAsync, cancellationToken);

        async ValueTask<ChatStreamWriteResult> AppendAsync()
        {
            ChatStreamWriteResult written = await inner.AppendAsync(lease, firstSequence, records, cancellationToken);
            if (written.Outcome == ChatStreamWriteOutcome.Written)
            {
                lock (_lock) _appended = written.LastSequence;
            }

            return written;
        }
    }

    public ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default) =>
        CallAsync(
            nameof(CompleteAsync), () => inner.CompleteAsync(lease, firstSequence, records, end, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(RenewAsync), () => inner.RenewAsync(lease, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(ReleaseAsync), () => inner.ReleaseAsync(lease, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(RestartEpochAsync), () => inner.RestartEpochAsync(lease, newEpoch, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(ReadAsync), () => inner.ReadAsync(streamId, after, maxBytes, cancellationToken), cancellationToken);

    public ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(SubscribeAsync), () => inner.SubscribeAsync(streamId, signals, cancellationToken), cancellationToken);

    public async ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default) =>
        await CallAsync(
            nameof(TouchAsync),
            async () =>
            {
                await inner.TouchAsync(streamId, cancellationToken);
                return true;
            },
            cancellationToken);

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(RequestStopAsync), () => inner.RequestStopAsync(streamId, epoch, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default) =>
        CallAsync(
            nameof(RequestStopAsync), () => inner.RequestStopAsync(owner, conversation, digest, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(GetStatusAsync), () => inner.GetStatusAsync(streamId, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamStatus?> FindAsync(string owner, string conversation, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(FindAsync), () => inner.FindAsync(owner, conversation, cancellationToken), cancellationToken);

    public ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(ForgetAsync), () => inner.ForgetAsync(streamId, cancellationToken), cancellationToken);

    public ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default) =>
        CallAsync(
            nameof(TryTakeOverAsync), () => inner.TryTakeOverAsync(streamId, seenEpoch, newEpoch, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default) =>
        CallAsync(nameof(FindAbandonedAsync), () => inner.FindAbandonedAsync(maxCount, cancellationToken), cancellationToken);

    private async ValueTask<T> CallAsync<T>(string method, Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        Fault fault = OnCall(method);
        if (fault == Fault.Hangs) await Task.Delay(Timeout.Infinite, cancellationToken);
        if (IsDead || fault == Fault.Before) throw new IOException("The store is away.");
        T result = await call();
        lock (_lock)
        {
            _calls[method] = _calls.GetValueOrDefault(method) + 1;
            foreach ((Func<bool> isReached, TaskCompletionSource source) in _waits)
            {
                if (isReached()) source.TrySetResult();
            }

            _waits.RemoveAll(wait => wait.Source.Task.IsCompleted);
        }

        if (fault == Fault.After) throw new IOException("The result was lost.");
        return result;
    }

    private Task WaitAsync(Func<bool> isReached, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (isReached()) return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((isReached, source));
            return source.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        }
    }
}
