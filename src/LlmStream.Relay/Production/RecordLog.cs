using LlmStream.Relay.Diagnostics;
using LlmStream.Relay.Format;
using Microsoft.Extensions.Logging;

namespace LlmStream.Relay.Production;

/// <summary>Writes the records of one producer: numbers them, repeats what was not acknowledged, and appends again what was lost.</summary>
/// <remarks>
/// Invariant: <c>_unacknowledged</c> are the records from <c>_next - _unacknowledged.Count</c> on that the store has not acknowledged;
/// <c>_retained</c> are those immediately before them.
/// </remarks>
internal sealed class RecordLog(StoreCaller caller, ChatStreamLease lease, ChatStreamRelayOptions options, ILogger logger)
{
    private readonly RecordEncoder _encoder = new();
    private readonly List<ReadOnlyMemory<byte>> _unacknowledged = [];
    private readonly Queue<ReadOnlyMemory<byte>> _retained = new();
    private long _retainedBytes;
    private long _next = lease.LastSequence + 1;

    public ChatStreamLease Lease { get; private set; } = lease;

    /// <summary>Whether the store lost more records than were retained. Then only an end can be written.</summary>
    public bool HasLostRecords { get; private set; }

    private long FirstUnacknowledged => _next - _unacknowledged.Count;

    /// <summary>Adds deltas, to be written with the next append.</summary>
    public void Add(List<ChatDelta> deltas)
    {
        foreach (ChatDelta delta in deltas)
        {
            _unacknowledged.Add(_encoder.Encode(delta, _next));
            _next++; // only now: a delta that cannot be encoded has no number
        }
    }

    /// <summary>Gives up the records that were not acknowledged, because the store refused them.</summary>
    public void Discard()
    {
        _next = FirstUnacknowledged;
        _unacknowledged.Clear();
    }

    /// <summary>Appends what was added.</summary>
    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    public ValueTask<ChatStreamWriteResult> AppendAsync(CancellationToken giveUp) =>
        WriteAsync((store, token) => store.AppendAsync(Lease, FirstUnacknowledged, [.. _unacknowledged], token), giveUp);

    /// <summary>Appends what was added, and ends the stream.</summary>
    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    public ValueTask<ChatStreamWriteResult> CompleteAsync(ChatStreamEnd end, CancellationToken giveUp) =>
        WriteAsync((store, token) => store.CompleteAsync(Lease, FirstUnacknowledged, [.. _unacknowledged], end, token), giveUp);

    /// <summary>Appends what was added; if that is nothing, renews the lease.</summary>
    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    public ValueTask<ChatStreamWriteResult> AppendOrRenewAsync(CancellationToken giveUp) =>
        _unacknowledged.Count > 0 ? AppendAsync(giveUp) : RenewAsync(giveUp);

    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    public ValueTask<ChatStreamWriteResult> RenewAsync(CancellationToken giveUp) =>
        caller.CallAsync((store, token) => store.RenewAsync(Lease, token), CancellationToken.None, giveUp);

    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    public ValueTask<ChatStreamWriteResult> ReleaseAsync(CancellationToken giveUp) =>
        caller.CallAsync((store, token) => store.ReleaseAsync(Lease, token), CancellationToken.None, giveUp);

    private async ValueTask<ChatStreamWriteResult> WriteAsync(
        Func<IChatStreamStore, CancellationToken, ValueTask<ChatStreamWriteResult>> write, CancellationToken giveUp)
    {
        long begun = options.TimeProvider.GetTimestamp();
        while (true)
        {
            ChatStreamWriteResult result = await caller.CallAsync(write, CancellationToken.None, giveUp).ConfigureAwait(false);
            if (result.Outcome == ChatStreamWriteOutcome.Written)
            {
                Instruments.AppendDuration.Record(options.TimeProvider.GetElapsedTime(begun).TotalSeconds);
                Acknowledge();
                return result;
            }

            if (result.Outcome != ChatStreamWriteOutcome.Lost) return result;
            Instruments.Losses.Add(1);
            logger.RecordsLost(Lease.StreamId, result.LastSequence);
            if (!await RestartAsync(giveUp).ConfigureAwait(false)) return result with { Outcome = ChatStreamWriteOutcome.Fenced };
            if (HasLostRecords) return result;
        }
    }

    private void Acknowledge()
    {
        long bytes = 0;
        foreach (ReadOnlyMemory<byte> record in _unacknowledged)
        {
            _retained.Enqueue(record);
            bytes += record.Length;
        }

        Instruments.Records.Add(_unacknowledged.Count);
        Instruments.RecordSize.Add(bytes);
        _retainedBytes += bytes;
        _unacknowledged.Clear();
        while (_retainedBytes > options.MaxRetainedBytes) _retainedBytes -= _retained.Dequeue().Length;
    }

    /// <summary>Begins a new epoch after the last record that the store has, and prepares to append the others again.</summary>
    /// <returns>False if the stream has another producer or has ended.</returns>
    private async ValueTask<bool> RestartAsync(CancellationToken giveUp)
    {
        string epoch = RandomId.CreateEpoch();
        ChatStreamLease? restarted = await caller.CallAsync(
            (store, token) => store.RestartEpochAsync(Lease, epoch, token), CancellationToken.None, giveUp).ConfigureAwait(false);
        if (restarted is null) return false;

        Lease = restarted;
        long firstRetained = FirstUnacknowledged - _retained.Count;
        List<ReadOnlyMemory<byte>> known = [.. _retained, .. _unacknowledged];
        _retained.Clear();
        _retainedBytes = 0;
        _unacknowledged.Clear();
        long firstLost = restarted.LastSequence + 1;
        HasLostRecords = firstLost < firstRetained;
        if (HasLostRecords) _next = firstLost;
        else _unacknowledged.AddRange(known.Skip((int)(firstLost - firstRetained)));
        return true;
    }
}
