namespace LlmStream.Relay;

/// <summary>
/// Keeps streamed answers: one producer appends records, any number of readers read them, on any node. The contract, with its numbered
/// rules, is PROTOCOL.md beside this file; <c>ChatStreamStoreSuite</c> of LlmStream.Testing checks an implementation against it.
/// </summary>
/// <remarks>
/// <para>
/// All methods may be called concurrently, from any number of nodes. A method throws only if the store cannot be reached, in which case
/// the operation may or may not have been done, or if its token is cancelled; everything else is an outcome. All operations of a producer
/// are idempotent, so that it may repeat them after an exception.
/// </para>
/// <para>
/// The store knows nothing of what the records contain. All times are measured by the clock of the store, never by that of a caller.
/// </para>
/// </remarks>
public interface IChatStreamStore
{
    /// <summary>The limits and times that the store applies. The same on all nodes.</summary>
    ChatStreamStoreOptions Options { get; }

    /// <summary>
    /// Begins a stream, or joins the one that the conversation has for the same request. Atomic: of several nodes that receive the same
    /// request at once, one begins and the others join. A stream that failed is not joined but replaced, unless a later one has begun.
    /// </summary>
    /// <param name="request">The owner, the conversation and the digest of the request.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>
    /// The lease of the new stream, or the status of the one that was joined. A call that is repeated with the same
    /// <see cref="ChatStreamBeginRequest.Epoch"/> returns the same lease, as long as no other producer has taken over.
    /// </returns>
    ValueTask<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores what another node needs to continue the answer. Opaque to the store, and encrypted unless the application decided otherwise.
    /// It is deleted when the stream ends.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="request">The protected request.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>Whether it was stored.</returns>
    ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default);

    /// <summary>Appends records, all or none. Renews the lease and extends the retention of the stream.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="firstSequence">
    /// The sequence number of the first record: one more than that of the last record of the stream. Records whose numbers the epoch has
    /// already used are skipped, so that a repeated call has no effect.
    /// </param>
    /// <param name="records">The records; at least one.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>What was done.</returns>
    ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        CancellationToken cancellationToken = default);

    /// <summary>Appends the last records and ends the stream, in one atomic step.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="firstSequence">As for <see cref="AppendAsync"/>.</param>
    /// <param name="records">The last records; may be empty.</param>
    /// <param name="end">
    /// The end. If a stop was requested before, <see cref="ChatStreamVerdict.Complete"/> is recorded as
    /// <see cref="ChatStreamVerdict.Canceled"/>: a stop that was accepted takes effect.
    /// </param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>What was done, with the verdict that was recorded. A repeated call returns the same.</returns>
    ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default);

    /// <summary>Renews the lease and extends the retention of everything that belongs to the stream.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>Whether the lease is still held, and whether a stop was requested.</returns>
    ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lets the lease expire now, so that another node can take over at once; unless it is renewed before, that does not count as a
    /// takeover. The producer must not append afterwards.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>Whether it was still held.</returns>
    ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins a new epoch with the same producer, after a write returned <see cref="ChatStreamWriteOutcome.Lost"/>: the store has lost
    /// records that it had acknowledged. Readers that have seen records of the old epoch which are lost get a gap.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="newEpoch">
    /// The new epoch, as <see cref="ChatStreamLease.Epoch"/> describes it, chosen by the caller so that a repeated call has no effect.
    /// </param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>
    /// The new lease, whose <see cref="ChatStreamLease.LastSequence"/> is the last record that the store has; or
    /// <see langword="null"/> if the lease is no longer held or the stream has ended.
    /// </returns>
    ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default);

    /// <summary>Reads the records strictly after a position. Does not wait for new ones.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="after">
    /// The position of the last record that the reader has; <see cref="ChatStreamPosition.Start"/> for none. An empty epoch is not checked.
    /// </param>
    /// <param name="maxBytes">
    /// The size of the page: no further record is added once its records have this many bytes. At least one record is returned if there
    /// is any.
    /// </param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>
    /// A page, or the gap that makes it impossible to continue at this position. The end of the stream is part of the page that has the
    /// last record, and of every page after it.
    /// </returns>
    ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default);

    /// <summary>
    /// Subscribes to changes of a stream. Signals are hints: they may be lost, and may come without a change; callers also poll.
    /// </summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="signals">Of which changes.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>The subscription, active from now on. The caller disposes of it.</returns>
    ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default);

    /// <summary>Notes that somebody reads the stream. Called by readers every few seconds.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>A task that ends when it was noted.</returns>
    ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default);

    /// <summary>Requests that a stream be stopped. If its lease has expired, the stream ends at once as cancelled.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="epoch">The epoch that the caller has seen; a stop for an earlier one does nothing. Null for any.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>What was done.</returns>
    ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Requests that the request with this digest be stopped, whether or not its stream has begun. If there is none yet, the next
    /// <see cref="BeginAsync"/> with the digest, within <see cref="ChatStreamStoreOptions.StopRetention"/>, begins nothing.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="digest">The digest of the request.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>What was done.</returns>
    ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default);

    /// <summary>Returns the status of a stream.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>The status; null if the stream is unknown or has expired.</returns>
    ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default);

    /// <summary>Returns the status of the latest stream of a conversation.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>The status; null if there is none, it has expired, or it was forgotten.</returns>
    ValueTask<ChatStreamStatus?> FindAsync(string owner, string conversation, CancellationToken cancellationToken = default);

    /// <summary>
    /// Has <see cref="FindAsync"/> no longer return a stream that has ended: the application has stored the answer elsewhere. The stream
    /// can still be read by its id, and a repeated request still joins it.
    /// </summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>False if the stream is unknown or has not ended.</returns>
    ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes over a stream whose lease has expired: compares the epoch with the one that was seen, and replaces it. Atomic. If a stop was
    /// requested, the stream ends as cancelled instead.
    /// </summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="seenEpoch">The epoch of the producer that is to be replaced.</param>
    /// <param name="newEpoch">
    /// The new epoch, as <see cref="ChatStreamLease.Epoch"/> describes it, chosen by the caller so that a repeated call returns the same.
    /// </param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>The new lease, or why there is none.</returns>
    ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists running streams whose lease has expired, from an index of running streams. Those for which a stop was requested are included:
    /// <see cref="TryTakeOverAsync"/> ends them.
    /// </summary>
    /// <param name="maxCount">The maximum number of streams to return.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>Their status.</returns>
    ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(int maxCount, CancellationToken cancellationToken = default);
}
