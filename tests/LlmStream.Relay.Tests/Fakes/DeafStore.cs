namespace LlmStream.Relay.Tests.Fakes;

/// <summary>A connection to a store that loses all signals.</summary>
internal sealed class DeafStore(IChatStreamStore inner) : IChatStreamStore
{
    public ChatStreamStoreOptions Options => inner.Options;

    public ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default) =>
        inner.BeginAsync(request, cancellationToken);

    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default) =>
        inner.SetRequestAsync(lease, request, cancellationToken);

    public ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records, CancellationToken cancellationToken = default) =>
        inner.AppendAsync(lease, firstSequence, records, cancellationToken);

    public ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default) =>
        inner.CompleteAsync(lease, firstSequence, records, end, cancellationToken);

    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        inner.RenewAsync(lease, cancellationToken);

    public ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        inner.ReleaseAsync(lease, cancellationToken);

    public ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default) =>
        inner.RestartEpochAsync(lease, newEpoch, cancellationToken);

    public ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(streamId, after, maxBytes, cancellationToken);

    public ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default) => new(new Subscription());

    public ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default) =>
        inner.TouchAsync(streamId, cancellationToken);

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

    public ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default) =>
        inner.TryTakeOverAsync(streamId, seenEpoch, newEpoch, cancellationToken);

    public ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default) =>
        inner.FindAbandonedAsync(maxCount, cancellationToken);

    private sealed class Subscription : IChatStreamSubscription
    {
        public async Task WaitAsync(CancellationToken cancellationToken = default) => await Task.Delay(Timeout.Infinite, cancellationToken);

        public ValueTask DisposeAsync() => default;
    }
}
