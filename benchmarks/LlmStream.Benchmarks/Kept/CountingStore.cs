using LlmStream.Relay;

namespace LlmStream.Benchmarks.Kept;

/// <summary>Counts the operations of a store.</summary>
internal sealed class CountingStore(IChatStreamStore inner) : IChatStreamStore
{
    private long _appends, _reads, _others;

    /// <summary>Appends and ends.</summary>
    public long Appends => _appends;

    public long Reads => _reads;

    /// <summary>All other operations.</summary>
    public long Others => _others;

    public ChatStreamStoreOptions Options => inner.Options;

    public ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.BeginAsync(request, cancellationToken));

    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.SetRequestAsync(lease, request, cancellationToken));

    public ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken = default) =>
        Count(ref _appends, inner.AppendAsync(lease, firstSequence, records, cancellationToken));

    public ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default) =>
        Count(ref _appends, inner.CompleteAsync(lease, firstSequence, records, end, cancellationToken));

    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.RenewAsync(lease, cancellationToken));

    public ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.ReleaseAsync(lease, cancellationToken));

    public ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.RestartEpochAsync(lease, newEpoch, cancellationToken));

    public ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default) =>
        Count(ref _reads, inner.ReadAsync(streamId, after, maxBytes, cancellationToken));

    public ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default) => Count(ref _others, inner.SubscribeAsync(streamId, signals, cancellationToken));

    public ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.TouchAsync(streamId, cancellationToken));

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.RequestStopAsync(streamId, epoch, cancellationToken));

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.RequestStopAsync(owner, conversation, digest, cancellationToken));

    public ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.GetStatusAsync(streamId, cancellationToken));

    public ValueTask<ChatStreamStatus?> FindAsync(string owner, string conversation, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.FindAsync(owner, conversation, cancellationToken));

    public ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.ForgetAsync(streamId, cancellationToken));

    public ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.TryTakeOverAsync(streamId, seenEpoch, newEpoch, cancellationToken));

    public ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default) =>
        Count(ref _others, inner.FindAbandonedAsync(maxCount, cancellationToken));

    private static T Count<T>(ref long count, T result)
    {
        Interlocked.Increment(ref count);
        return result;
    }
}
