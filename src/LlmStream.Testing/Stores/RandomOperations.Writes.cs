using System.Globalization;
using System.Text;
using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>The operations that change a stream.</summary>
internal sealed partial class RandomOperations
{
    private async Task BeginAsync()
    {
        bool isRepeated = _begun.Count > 0 && _random.Next(5) == 0;
        (string name, string digest, bool startsAnew, string epoch) = isRepeated
            ? _begun[_random.Next(_begun.Count)]
            : (AnyConversation(), AnyDigest(), _random.Next(3) == 0, NextEpoch());
        ChatStreamBeginResult result = await _test.BeginAsync(name, digest, Owner, startsAnew, epoch, Node()).ConfigureAwait(false);
        _trace.Add($"begin {name} {digest}{(startsAnew ? " anew" : "")} {epoch}: {result.Outcome}");
        ModelConversation conversation = _conversations[name];
        ModelStream? stream = conversation.ByDigest.GetValueOrDefault(digest);
        bool isOwn = stream?.Epochs[0].Epoch == epoch;
        bool isReplaced = !isOwn && stream is not null
            && ((stream.Verdict == ChatStreamVerdict.Error && stream == conversation.Latest)
                || (startsAnew && (!stream.IsRunning || stream.IsStopRequested)));
        ChatStreamBeginOutcome expected;
        ModelStream? superseded = null;
        ChatStreamStopOutcome? stopped = null;
        if (stream is not null && !isReplaced)
        {
            expected = isOwn && stream.IsRunning && stream.Epoch == epoch ? ChatStreamBeginOutcome.Begun : ChatStreamBeginOutcome.Joined;
        }
        else if (conversation.Stops.Contains(digest))
        {
            expected = ChatStreamBeginOutcome.Stopped;
            stream = null;
        }
        else
        {
            expected = ChatStreamBeginOutcome.Begun;
            if (conversation.Latest is { IsRunning: true } latest) superseded = latest;
            stopped = superseded?.Stop(epoch: null, _now);
            stream = new ModelStream(name, digest, epoch, _now) { Id = result.Status?.StreamId ?? "" };
            Expect(_streams.TrueForAll(other => other.Id != stream.Id), "Ids are not used twice.");
            _streams.Add(stream);
            _begun.Add((name, digest, startsAnew, epoch));
            conversation.ByDigest[digest] = stream;
            conversation.Latest = stream;
            conversation.IsForgotten = false;
        }

        ExpectEqual(expected, result.Outcome);
        ExpectEqual(superseded?.Id, result.SupersededStreamId);
        ExpectEqual(stopped, result.SupersededOutcome);
        ExpectEqual(stream is null, result.Status is null);
        if (stream is not null) ExpectStatus(stream, result.Status!);
        ExpectLease(expected == ChatStreamBeginOutcome.Begun ? stream : null, result.Lease);
    }

    /// <summary>An append, or an end, that fits, overlaps what is stored, or leaves a gap.</summary>
    private async Task WriteAsync(ChatStreamVerdict? verdict)
    {
        (ModelStream stream, ChatStreamLease lease) = AnyLease();
        int first = Math.Max(1, stream.Last + 1 + (_random.Next(3) == 0 ? _random.Next(-3, 3) : 0));
        int count = _random.Next(verdict is null ? 1 : 0, 4);
        string[] texts =
            [.. Enumerable.Range(first, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i} of {lease.Epoch}"))];
        List<ReadOnlyMemory<byte>> records = [.. texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
        ChatStreamWriteResult result = verdict is { } ended
            ? await Node().CompleteAsync(lease, first, records, End(ended)).ConfigureAwait(false)
            : await Node().AppendAsync(lease, first, records).ConfigureAwait(false);
        _trace.Add($"{Name(stream)}: {verdict?.ToString() ?? "append"} {first} + {count} by {lease.Epoch}: {result.Outcome}");
        ExpectEqual(stream.Append(lease.Epoch, first, texts, verdict, $"end {verdict}", _now), result.Outcome);
        ExpectResult(stream, result);
    }

    /// <summary>Renews or releases the lease, or stores a request.</summary>
    private async Task HoldAsync()
    {
        (ModelStream stream, ChatStreamLease lease) = AnyLease();
        ChatStreamWriteOutcome expected = stream.Check(lease.Epoch);
        bool isWritten = expected == ChatStreamWriteOutcome.Written;
        ChatStreamWriteResult result;
        switch (_random.Next(4))
        {
            case 0:
                result = await Node().RenewAsync(lease).ConfigureAwait(false);
                _trace.Add($"{Name(stream)}: renew {lease.Epoch}: {result.Outcome}");
                if (isWritten) stream.Renew(_now);
                break;
            case 1:
                string request = $"request of {lease.Epoch} at {_trace.Count}";
                result = await Node().SetRequestAsync(lease, Encoding.UTF8.GetBytes(request)).ConfigureAwait(false);
                _trace.Add($"{Name(stream)}: set the request by {lease.Epoch}: {result.Outcome}");
                if (isWritten) stream.Request = request;
                break;
            default:
                result = await Node().ReleaseAsync(lease).ConfigureAwait(false);
                _trace.Add($"{Name(stream)}: release {lease.Epoch}: {result.Outcome}");
                if (isWritten) stream.Release(_now);
                break;
        }

        ExpectEqual(expected, result.Outcome);
        ExpectResult(stream, result);
    }

    private async Task RestartAsync()
    {
        (ModelStream stream, ChatStreamLease lease) = AnyLease();
        string epoch = NextEpoch();
        bool isHeld = stream.Check(lease.Epoch) == ChatStreamWriteOutcome.Written;
        if (isHeld) stream.BeginEpoch(epoch, _now);
        for (int i = 0; i < _random.Next(1, 3); i++)
        {
            ChatStreamLease? restarted = await Node().RestartEpochAsync(lease, epoch).ConfigureAwait(false);
            _trace.Add($"{Name(stream)}: restart {lease.Epoch} as {epoch}: {restarted is not null}");
            ExpectLease(isHeld ? stream : null, restarted);
        }
    }

    private async Task TakeOverAsync()
    {
        ModelStream stream = AnyStream();
        string seen = _random.Next(5) == 0 ? stream.Epochs[_random.Next(stream.Epochs.Count)].Epoch : stream.Epoch;
        string epoch = NextEpoch();
        for (int i = 0; i < _random.Next(1, 3); i++)
        {
            ChatStreamTakeoverResult result = await Node().TryTakeOverAsync(stream.Id, seen, epoch).ConfigureAwait(false);
            _trace.Add($"{Name(stream)}: take over from {seen} as {epoch}: {result.Outcome}");
            ExpectEqual(stream.TakeOver(seen, epoch, _test.Options.MaxTakeovers, _now), result.Outcome);
            bool isTaken = result.Outcome == ChatStreamTakeoverOutcome.Taken;
            ExpectLease(isTaken ? stream : null, result.Lease);
            if (!isTaken) continue;
            ExpectEqual(stream.MayContinue, result.MayContinue);
            ExpectEqual(stream.Request, Encoding.UTF8.GetString(result.Request.Span));
        }
    }

    private async Task StopAsync()
    {
        if (_random.Next(3) == 0)
        {
            string name = AnyConversation(), digest = AnyDigest();
            ModelConversation conversation = _conversations[name];
            ChatStreamStopOutcome outcome = await Node().RequestStopAsync(Owner, name, digest).ConfigureAwait(false);
            _trace.Add($"stop {name} {digest}: {outcome}");
            ModelStream? begun = conversation.ByDigest.GetValueOrDefault(digest);
            if (begun is null) conversation.Stops.Add(digest);
            ExpectEqual(begun?.Stop(epoch: null, _now) ?? ChatStreamStopOutcome.Prevented, outcome);
            return;
        }

        ModelStream stream = AnyStream();
        string? epoch = _random.Next(2) == 0 ? null : stream.Epochs[_random.Next(stream.Epochs.Count)].Epoch;
        ChatStreamStopOutcome stopped = await Node().RequestStopAsync(stream.Id, epoch).ConfigureAwait(false);
        _trace.Add($"{Name(stream)}: stop {epoch}: {stopped}");
        ExpectEqual(stream.Stop(epoch, _now), stopped);
    }

    /// <summary>The lease of a stream: mostly the current one.</summary>
    private (ModelStream Stream, ChatStreamLease Lease) AnyLease()
    {
        ModelStream stream = AnyStream();
        string epoch = _random.Next(6) == 0 ? stream.Epochs[_random.Next(stream.Epochs.Count)].Epoch : stream.Epoch;
        return (stream, new ChatStreamLease { StreamId = stream.Id, Epoch = epoch });
    }

    private static void ExpectResult(ModelStream stream, ChatStreamWriteResult result)
    {
        ExpectEqual(stream.Last, result.LastSequence);
        ExpectEqual(stream.IsStopRequested, result.IsStopRequested);
        ExpectEqual(stream.Verdict, result.Verdict);
    }

    private static void ExpectLease(ModelStream? stream, ChatStreamLease? lease)
    {
        ExpectEqual(stream?.Id, lease?.StreamId);
        ExpectEqual(stream?.Epoch, lease?.Epoch);
        if (stream is not null) ExpectEqual(stream.Last, lease!.LastSequence);
    }
}
