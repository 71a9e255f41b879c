using LlmStream.Redis.Scripts;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>The operations of producers, and those that replace a producer.</summary>
public sealed partial class RedisChatStreamStore
{
    // Messages are sent to all nodes that read a stream; what is larger, they read themselves.
    private const int MaxMessageBytes = 16 * 1024;

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> SetRequestAsync(
        ChatStreamLease lease, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return WriteAsync(Operations.SetRequest, StreamScripts.SetRequest, lease, [.. ArgumentsOf(lease), request], cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> AppendAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfZero(records.Count, nameof(records));
        return AppendAsync(Operations.Append, StreamScripts.Append, lease, firstSequence, records, end: null, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamWriteResult> CompleteAsync(
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd end,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(end);
        string script = records.Count == 0 ? StreamScripts.End : StreamScripts.Append;
        ChatStreamWriteResult result = await AppendAsync(
            Operations.Complete, script, lease, firstSequence, records, end, cancellationToken).ConfigureAwait(false);
        if (result.Verdict is not null) RemoveFromIndex(lease.StreamId);
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<ChatStreamWriteResult> RenewAsync(ChatStreamLease lease, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return WriteAsync(Operations.Renew, StreamScripts.Renew, lease, ArgumentsOf(lease), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamWriteResult> ReleaseAsync(ChatStreamLease lease, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ChatStreamWriteResult result = await WriteAsync(
            Operations.Release, StreamScripts.Release, lease, ArgumentsOf(lease), cancellationToken).ConfigureAwait(false);
        if (result.Outcome == ChatStreamWriteOutcome.Written)
            await PostponeInIndexAsync(lease.StreamId, 0, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamLease?> RestartEpochAsync(
        ChatStreamLease lease, string newEpoch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentException.ThrowIfNullOrEmpty(newEpoch);
        ChatStreamWriteResult result = await WriteAsync(
            Operations.RestartEpoch, StreamScripts.RestartEpoch, lease, [.. ArgumentsOf(lease), newEpoch], cancellationToken)
            .ConfigureAwait(false);
        return result.Outcome == ChatStreamWriteOutcome.Written
            ? lease with { Epoch = newEpoch, LastSequence = result.LastSequence }
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string newEpoch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        ArgumentNullException.ThrowIfNull(seenEpoch);
        ArgumentException.ThrowIfNullOrEmpty(newEpoch);
        if (!StreamKeys.IsStreamId(streamId)) return new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.NotFound };
        RedisResult result = await _server.EvaluateAsync(
            Operations.TakeOver,
            StreamScripts.TakeOver,
            KeysOf(streamId),
            [seenEpoch, _lease, _running, _ended, _keys.ChannelName(streamId), newEpoch, _options.MaxTakeovers],
            cancellationToken).ConfigureAwait(false);
        var fields = (RedisResult[])result!;
        switch ((int)fields[0])
        {
            case 0:
                await AddToIndexAsync(streamId, cancellationToken).ConfigureAwait(false);
                return new ChatStreamTakeoverResult
                {
                    Outcome = ChatStreamTakeoverOutcome.Taken,
                    MayContinue = (int)fields[1] == 1,
                    Lease = new ChatStreamLease { StreamId = streamId, Epoch = newEpoch, LastSequence = (long)fields[2] },
                    Request = (byte[]?)fields[3] ?? [],
                };
            case 1:
                return new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.EpochChanged };
            case 2:
                RemoveFromIndex(streamId);
                return new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.Ended };
            case 4:
                return new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.LeaseHeld };
            case 5:
                RemoveFromIndex(streamId);
                return new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.Canceled };
            default:
                return new ChatStreamTakeoverResult { Outcome = ChatStreamTakeoverOutcome.NotFound };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string streamId, string? epoch = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        if (!StreamKeys.IsStreamId(streamId)) return ChatStreamStopOutcome.NotFound;
        RedisResult result = await _server.EvaluateAsync(
            Operations.Stop,
            StreamScripts.Stop,
            KeysOf(streamId),
            [epoch ?? "", _lease, _running, _ended, _keys.ChannelName(streamId)],
            cancellationToken).ConfigureAwait(false);
        ChatStreamStopOutcome outcome = StopOutcomeOf(result) ?? ChatStreamStopOutcome.NotFound;
        if (outcome == ChatStreamStopOutcome.Canceled) RemoveFromIndex(streamId);
        return outcome;
    }

    private RedisValue[] ArgumentsOf(ChatStreamLease lease) =>
        [lease.Epoch, _lease, _running, _ended, _keys.ChannelName(lease.StreamId)];

    private ValueTask<ChatStreamWriteResult> AppendAsync(
        string operation,
        string script,
        ChatStreamLease lease,
        long firstSequence,
        IReadOnlyList<ReadOnlyMemory<byte>> records,
        ChatStreamEnd? end,
        CancellationToken cancellationToken)
    {
        var values = new RedisValue[10 + records.Count];
        ArgumentsOf(lease).CopyTo(values, 0);
        values[5] = _options.MaxStreamBytes;
        values[6] = firstSequence;
        values[7] = end is null ? RedisValue.EmptyString : ValueOf(end.Verdict);
        values[8] = end?.Data ?? ReadOnlyMemory<byte>.Empty;
        values[9] = Math.Min(_options.TailBytes, MaxMessageBytes);
        for (int i = 0; i < records.Count; i++) values[10 + i] = records[i];
        return WriteAsync(operation, script, lease, values, cancellationToken);
    }

    private async ValueTask<ChatStreamWriteResult> WriteAsync(
        string operation, string script, ChatStreamLease lease, RedisValue[] values, CancellationToken cancellationToken)
    {
        if (!StreamKeys.IsStreamId(lease.StreamId)) return new ChatStreamWriteResult { Outcome = ChatStreamWriteOutcome.NotFound };
        RedisResult result;
        try
        {
            result = await _server.EvaluateAsync(operation, script, KeysOf(lease.StreamId), values, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (RedisServer.IsOutOfMemory(exception))
        {
            return new ChatStreamWriteResult { Outcome = ChatStreamWriteOutcome.StoreFull };
        }

        var fields = (RedisResult[])result!;
        ChatStreamWriteOutcome outcome = (int)fields[0] switch
        {
            0 => ChatStreamWriteOutcome.Written,
            1 => ChatStreamWriteOutcome.Fenced,
            2 => ChatStreamWriteOutcome.Ended,
            4 => ChatStreamWriteOutcome.Lost,
            5 => ChatStreamWriteOutcome.TooLarge,
            _ => ChatStreamWriteOutcome.NotFound,
        };
        if (fields.Length == 1) return new ChatStreamWriteResult { Outcome = outcome };
        if ((int)fields[5] == 1) RefreshInIndex(lease.StreamId);
        return new ChatStreamWriteResult
        {
            Outcome = outcome,
            LastSequence = (long)fields[1],
            IsStopRequested = (int)fields[2] == 1,
            Verdict = VerdictOf(fields[3]),
            SinceLastReader = TimeSpan.FromMilliseconds((long)fields[4]),
        };
    }
}
