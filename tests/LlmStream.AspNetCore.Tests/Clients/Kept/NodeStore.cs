using LlmStream.Relay;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>The store as one node reaches it, until the node is lost. Not disposed of with the node.</summary>
internal sealed class NodeStore(IChatStreamStore store) : IChatStreamStore
{
    private volatile bool _isLost;

    public ChatStreamStoreOptions Options => store.Options;

    private IChatStreamStore Reached => _isLost ? throw new IOException("The node is gone.") : store;

    /// <summary>Cuts the node off from the store: nothing that it does has an effect any more.</summary>
    public void Lose() => _isLost = true;

    public ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default) =>
        Reached.BeginAsync(request, cancellationToken);

    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default) =>
        Reached.SetRequestAsync(lease, request, cancellationToken);

    public ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records,
        CancellationToken cancellationToken = default) =>
        Reached.AppendAsync(lease, firstSequence, records, cancellationToken);

    public ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease, long firstSequence, IReadOnlyList<ReadOnlyMemory<byte>> records, ChatStreamEnd end,
        CancellationToken cancellationToken = default) =>
        Reached.CompleteAsync(lease, firstSequence, records, end, cancellationToken);

    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        Reached.RenewAsync(lease, cancellationToken);

    public ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default) =>
        Reached.ReleaseAsync(lease, cancellationToken);

    public ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default) =>
        Reached.RestartEpochAsync(lease, newEpoch, cancellationToken);

    public ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default) =>
        Reached.ReadAsync(streamId, after, maxBytes, cancellationToken);

    public ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default) =>
        Reached.SubscribeAsync(streamId, signals, cancellationToken);

    public ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default) =>
        Reached.TouchAsync(streamId, cancellationToken);

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default) =>
        Reached.RequestStopAsync(streamId, epoch, cancellationToken);

    public ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default) =>
        Reached.RequestStopAsync(owner, conversation, digest, cancellationToken);

    public ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default) =>
        Reached.GetStatusAsync(streamId, cancellationToken);

    public ValueTask<ChatStreamStatus?> FindAsync(string owner, string conversation, CancellationToken cancellationToken = default) =>
        Reached.FindAsync(owner, conversation, cancellationToken);

    public ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default) =>
        Reached.ForgetAsync(streamId, cancellationToken);

    public ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default) =>
        Reached.TryTakeOverAsync(streamId, seenEpoch, newEpoch, cancellationToken);

    public ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default) =>
        Reached.FindAbandonedAsync(maxCount, cancellationToken);
}
