using System.Runtime.CompilerServices;
using LlmStream.Chat;
using LlmStream.Relay.Diagnostics;
using LlmStream.Relay.Format;

namespace LlmStream.Relay.Reading;

/// <summary>
/// Reads a stream from a position to its end: what is stored first, then what is appended. It holds no more than one page, whatever the
/// speed of its consumer. It ends only with the end of the stream.
/// </summary>
internal sealed class RelayReader(StoreCaller caller, string streamId, ChatStreamRelayOptions options)
{
    private readonly AttemptLog _log = new();
    private readonly TimeProvider _time = options.TimeProvider;
    private RecordDecoder? _decoder;
    private long? _withoutProducerSince;
    private long? _lastTouch;

    public async IAsyncEnumerable<ChatStreamItem> ReadAsync(
        ChatStreamPosition after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Subscribed before the first read, so that nothing that is appended after it is missed.
        IChatStreamSubscription subscription = await SubscribeAsync(cancellationToken).ConfigureAwait(false);
        var wake = new ReaderWake(subscription, _time, options.PollInterval, cancellationToken);
        await using var _ = wake.ConfigureAwait(false);
        while (true)
        {
            if (IsTouchDue()) await TouchAsync(cancellationToken).ConfigureAwait(false);
            ChatStreamPage page = await ReadPageAsync(after, cancellationToken).ConfigureAwait(false);
            List<ChatStreamItem> items = await DecodeAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (ChatStreamItem item in items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return item;
                after = item.Position;
            }

            if (page.End is not null)
            {
                await ThrowUnlessCompleteAsync(page.End, cancellationToken).ConfigureAwait(false);
                yield break;
            }

            if (page.LastSequence > after.Sequence) continue;
            await ThrowIfWithoutProducerAsync(page, cancellationToken).ConfigureAwait(false);
            await wake.WaitAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<IChatStreamSubscription> SubscribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await caller.CallAsync(
                (store, token) => store.SubscribeAsync(streamId, ChatStreamSignals.Records, token), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }
    }

    private async ValueTask<ChatStreamPage> ReadPageAsync(ChatStreamPosition after, CancellationToken cancellationToken)
    {
        ChatStreamPage page;
        try
        {
            page = await caller.CallAsync(
                (store, token) => store.ReadAsync(streamId, after, options.PageBytes, token), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }

        if (page.Gap is not { } gap) return page;
        Instruments.Gap(gap == ChatStreamGap.NotFound ? "not_found" : "position_lost");
        throw gap switch
        {
            ChatStreamGap.NotFound => RelayError.Create(ChatStreamRelayError.NotFound),
            _ => RelayError.Create(
                ChatStreamRelayError.PositionLost,
                partial: await CollectAsync(isComplete: false, cancellationToken).ConfigureAwait(false)),
        };
    }

    private async ValueTask<List<ChatStreamItem>> DecodeAsync(ChatStreamPage page, CancellationToken cancellationToken)
    {
        try
        {
            return await StreamLog.DecodeAsync(
                _decoder ??= new RecordDecoder(caller, streamId, _log), page.Records, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.InvalidRecord, exception);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }
    }

    private async ValueTask ThrowUnlessCompleteAsync(ChatStreamEnd end, CancellationToken cancellationToken)
    {
        EndDetails details;
        try
        {
            details = EndFormat.Read(end.Data.Span);
        }
        catch (FormatException) when (end.Verdict == ChatStreamVerdict.Complete)
        {
            return; // the answer is in the records
        }
        catch (FormatException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.InvalidRecord, exception);
        }

        foreach (ChatAttempt attempt in details.Attempts) _log.AddEarlier(attempt);
        if (end.Verdict == ChatStreamVerdict.Complete) return;
        ChatStreamResult partial = await CollectAsync(isComplete: false, cancellationToken).ConfigureAwait(false);
        if (details.Attempts.Count > 0) partial = partial.With(details.Attempts);
        else if (details.Usage is not null) partial = partial.With(details.Usage);
        if (end.Verdict == ChatStreamVerdict.Canceled) throw new ChatStreamCanceledException(partial);
        throw (details.Error ?? RelayError.Create(ChatStreamRelayError.ProducerLost)).With(partial);
    }

    /// <summary>The answer as far as it is stored, for an error; empty if it cannot be read.</summary>
    private async ValueTask<ChatStreamResult> CollectAsync(bool isComplete, CancellationToken cancellationToken)
    {
        try
        {
            return await StreamLog.CollectAsync(caller, streamId, options.PageBytes, isComplete, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or FormatException)
        {
            return ChatStreamResult.Empty;
        }
    }

    /// <summary>A reader does not end a stream whose producer is gone; it waits for another one, and then gives up for itself.</summary>
    private async ValueTask ThrowIfWithoutProducerAsync(ChatStreamPage page, CancellationToken cancellationToken)
    {
        if (!page.IsLeaseExpired)
        {
            _withoutProducerSince = null;
            return;
        }

        long since = _withoutProducerSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(since) < options.NoProducerTimeout) return;
        Instruments.Gap("no_producer");
        ChatStreamResult partial = await CollectAsync(isComplete: false, cancellationToken).ConfigureAwait(false);
        throw RelayError.Create(ChatStreamRelayError.NoProducer, partial: partial);
    }

    /// <summary>As often as a producer renews its lease, and often enough that the answer is not abandoned.</summary>
    private bool IsTouchDue()
    {
        TimeSpan time = caller.Store.Options.LeaseDuration;
        if (options.AbandonAfter < time) time = options.AbandonAfter.Value;
        return _lastTouch is not { } last || _time.GetElapsedTime(last) >= time / 3;
    }

    /// <summary>Notes at the store that somebody reads.</summary>
    private async ValueTask TouchAsync(CancellationToken cancellationToken)
    {
        _lastTouch = _time.GetTimestamp();
        try
        {
            await caller.CallAsync(TouchOnceAsync, cancellationToken, giveUp: new CancellationToken(true)).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // It is noted the next time.
        }

        async ValueTask<bool> TouchOnceAsync(IChatStreamStore store, CancellationToken token)
        {
            await store.TouchAsync(streamId, token).ConfigureAwait(false);
            return true;
        }
    }
}
