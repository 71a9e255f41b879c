using System.Diagnostics;
using LlmStream.Relay.Diagnostics;
using LlmStream.Relay.Format;
using Microsoft.Extensions.Logging;

namespace LlmStream.Relay.Production;

/// <summary>The producer of a stream: reads the source of an answer, and appends it to the store until the end.</summary>
/// <remarks>
/// One task reads the source into a buffer; <see cref="RunAsync"/> alone writes to the store. It waits for one signal, which is set by the
/// source, by the timer, by a stop, and by the shutdown. The writer never waits for readers.
/// </remarks>
internal sealed class StreamProducer(
    StoreCaller caller, ChatStreamLease lease, ChatStreamRelayOptions options, ILogger logger, CancellationToken shutdown)
{
    private readonly AsyncSignal _wake = new();
    private readonly DeltaBuffer _buffer = new();
    private readonly RecordLog _log = new(caller, lease, options, logger);
    private readonly TimeProvider _time = options.TimeProvider;
    private volatile bool _isStopSignalled;

    private volatile bool _canHandOver;
    private long _lastWrite = options.TimeProvider.GetTimestamp();

    /// <summary>Whether another node can continue the answer, so that the lease is released on shutdown.</summary>
    public bool CanHandOver { get => _canHandOver; init => _canHandOver = value; }

    /// <summary>
    /// Called with the deltas before they are read; returns whether another node can continue the answer. Null if that is known.
    /// </summary>
    public Func<IAsyncEnumerable<ChatDelta>, Task<bool>>? Starting { get; init; }

    /// <summary>The part of the answer that an earlier producer has appended.</summary>
    public ChatStreamResult Earlier { get; init; } = ChatStreamResult.Empty;

    /// <summary>
    /// Cancelled when a stream that cannot be handed over must end, some time after the shutdown began. Default: at once.
    /// </summary>
    public CancellationToken? Deadline { get; init; }

    /// <summary>Describes a failure of the application's own code, for readers; or null.</summary>
    public Func<Exception, string?>? DescribeFailure { get; init; }

    private bool IsShutDown => (CanHandOver ? shutdown : Deadline ?? shutdown).IsCancellationRequested;

    /// <summary>
    /// Whether the stream may have expired, by itself or after another producer has ended it, because this one was suspended.
    /// </summary>
    private bool MayHaveExpired
    {
        get
        {
            ChatStreamStoreOptions store = caller.Store.Options;
            TimeSpan shortest = store.EndedRetention < store.RunningRetention ? store.EndedRetention : store.RunningRetention;
            return _time.GetElapsedTime(_lastWrite) >= shortest;
        }
    }

    private TimeSpan RenewInterval => caller.Store.Options.LeaseDuration / 3;

    /// <summary>Produces the stream.</summary>
    /// <param name="answer">Returns the deltas; the token is cancelled when the stream is stopped.</param>
    public async Task<ChatProducerResult> RunAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>> answer)
    {
        using Activity? activity = Instruments.StartProducing(lease);
        Instruments.Producers.Add(1);
        try
        {
            ChatProducerResult result = await ProduceAsync(answer).ConfigureAwait(false);
            Instruments.Ended(activity, result);
            logger.Ended(lease.StreamId, result.Ending, result.Verdict);
            return result;
        }
        finally
        {
            Instruments.Producers.Add(-1);
        }
    }

    private async Task<ChatProducerResult> ProduceAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>> answer)
    {
        using var ended = new CancellationTokenSource();
        Task watching = WatchStopAsync(ended.Token);
        using var source = new AnswerSource(answer, Earlier, _buffer, _wake, options.MaxBufferedBytes)
        {
            Starting = Starting is null ? null : async deltas => _canHandOver = await Starting(deltas).ConfigureAwait(false),
        };
        CancellationTokenRegistration onShutdown = shutdown.Register(static wake => ((AsyncSignal)wake!).Set(), _wake);
        CancellationTokenRegistration onDeadline =
            Deadline?.Register(static wake => ((AsyncSignal)wake!).Set(), _wake) ?? default;
        ITimer timer = _time.CreateTimer(
            static wake => ((AsyncSignal)wake!).Set(), _wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            source.Start();
            return await WriteAsync(source, timer).ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            logger.StoreUnavailable(exception, lease.StreamId);
            ChatStreamException error = RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
            await StopSourceAsync(source).ConfigureAwait(false);
            return Outcome(source, ChatProducerEnding.StoreUnavailable, verdict: null, error);
        }
        catch (Exception exception)
        {
            // A fault of this library, or of the store. The stream must not be left without an end.
            return await AbortAsync(source, exception).ConfigureAwait(false);
        }
        finally
        {
            if (!source.HasEnded) await StopSourceAsync(source).ConfigureAwait(false);
            await timer.DisposeAsync().ConfigureAwait(false);
            await onShutdown.DisposeAsync().ConfigureAwait(false);
            await onDeadline.DisposeAsync().ConfigureAwait(false);
            await ended.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    private async ValueTask<ChatProducerResult> WriteAsync(AnswerSource source, ITimer timer)
    {
        long? lastAppend = null;
        while (true)
        {
            if (source.HasEnded) return await EndAsync(source).ConfigureAwait(false);
            if (IsShutDown) return await ShutDownAsync(source).ConfigureAwait(false);

            int bytes = _buffer.Bytes;
            TimeSpan untilAppend = bytes >= options.GroupBytes || lastAppend is not { } last ? TimeSpan.Zero
                : options.GroupInterval - _time.GetElapsedTime(last);
            TimeSpan untilRenewal = _isStopSignalled ? TimeSpan.Zero : RenewInterval - _time.GetElapsedTime(_lastWrite);
            bool isAppendDue = bytes > 0 && untilAppend <= TimeSpan.Zero;
            if (!isAppendDue && untilRenewal > TimeSpan.Zero)
            {
                TimeSpan wait = bytes > 0 && untilAppend < untilRenewal ? untilAppend : untilRenewal;
                timer.Change(wait, Timeout.InfiniteTimeSpan);
                await _wake.WaitAsync().ConfigureAwait(false);
                continue;
            }

            _isStopSignalled = false;
            ChatStreamWriteResult result;
            if (isAppendDue)
            {
                _log.Add(_buffer.TakeAll());
                result = await _log.AppendAsync(shutdown).ConfigureAwait(false);
                lastAppend = _time.GetTimestamp();
            }
            else
            {
                result = await _log.RenewAsync(shutdown).ConfigureAwait(false);
            }

            if (result.Outcome != ChatStreamWriteOutcome.Written) return await RefusedAsync(source, result).ConfigureAwait(false);
            _lastWrite = _time.GetTimestamp();
            if (result.IsStopRequested || result.SinceLastReader >= options.AbandonAfter)
                return await CancelAsync(source).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the stream as the source has ended.</summary>
    private async ValueTask<ChatProducerResult> EndAsync(AnswerSource source)
    {
        switch (source.Failure)
        {
            case null when source.IsComplete:
                return await CompleteAsync(source, ChatStreamVerdict.Complete, error: null).ConfigureAwait(false);
            case ChatStreamException error:
                return await CompleteAsync(source, ChatStreamVerdict.Error, error).ConfigureAwait(false);
            case ChatStreamCanceledException:
            case null:
            case OperationCanceledException when source.IsStopped:
                return await CompleteAsync(source, ChatStreamVerdict.Canceled, error: null).ConfigureAwait(false);
            default:
                ChatStreamException failure = RelayError.Create(
                    ChatStreamRelayError.ApplicationFailed, source.Failure, details: DescribeFailure?.Invoke(source.Failure));
                return await CompleteAsync(source, ChatStreamVerdict.Error, failure).ConfigureAwait(false);
        }
    }

    private async ValueTask<ChatProducerResult> CancelAsync(AnswerSource source)
    {
        await StopSourceAsync(source).ConfigureAwait(false);
        return await CompleteAsync(source, ChatStreamVerdict.Canceled, error: null).ConfigureAwait(false);
    }

    private async ValueTask<ChatProducerResult> FailAsync(AnswerSource source, ChatStreamRelayError failure)
    {
        await StopSourceAsync(source).ConfigureAwait(false);
        return await CompleteAsync(source, ChatStreamVerdict.Error, RelayError.Create(failure)).ConfigureAwait(false);
    }

    /// <summary>Hands the stream over if another node can continue it; else ends it with an error.</summary>
    private async ValueTask<ChatProducerResult> ShutDownAsync(AnswerSource source)
    {
        await StopSourceAsync(source).ConfigureAwait(false);
        if (source.HasEnded && source.IsComplete) return await EndAsync(source).ConfigureAwait(false);
        if (!CanHandOver) return await FailAsync(source, ChatStreamRelayError.ServerShutdown).ConfigureAwait(false);
        _log.Add(_buffer.TakeAll());
        ChatStreamWriteResult result = await _log.AppendOrRenewAsync(shutdown).ConfigureAwait(false);
        if (result.Outcome != ChatStreamWriteOutcome.Written) return await RefusedAsync(source, result).ConfigureAwait(false);
        if (result.IsStopRequested) return await CancelAsync(source).ConfigureAwait(false);
        result = await _log.ReleaseAsync(shutdown).ConfigureAwait(false);
        bool isHandedOver = result.Outcome is ChatStreamWriteOutcome.Written or ChatStreamWriteOutcome.Fenced;
        if (!isHandedOver) return await RefusedAsync(source, result).ConfigureAwait(false);
        return Outcome(source, ChatProducerEnding.HandedOver, verdict: null, error: null);
    }

    /// <summary>Ends the work after the store has refused a write.</summary>
    private async ValueTask<ChatProducerResult> RefusedAsync(AnswerSource source, ChatStreamWriteResult result)
    {
        switch (result.Outcome)
        {
            case ChatStreamWriteOutcome.TooLarge:
                _log.Discard();
                return await FailAsync(source, ChatStreamRelayError.TooLarge).ConfigureAwait(false);
            case ChatStreamWriteOutcome.StoreFull:
                _log.Discard();
                return await FailAsync(source, ChatStreamRelayError.StoreFull).ConfigureAwait(false);
            case ChatStreamWriteOutcome.Lost:
                return await FailAsync(source, ChatStreamRelayError.RecordsLost).ConfigureAwait(false);
            case ChatStreamWriteOutcome.NotFound when !MayHaveExpired:
                logger.StreamLost(lease.StreamId);
                await StopSourceAsync(source).ConfigureAwait(false);
                return Outcome(source, ChatProducerEnding.Lost, verdict: null, RelayError.Create(ChatStreamRelayError.NotFound));
            default:
                logger.Fenced(lease.StreamId, result.Outcome);
                await StopSourceAsync(source).ConfigureAwait(false);
                return Outcome(source, ChatProducerEnding.Fenced, result.Verdict, error: null);
        }
    }

    private async ValueTask<ChatProducerResult> CompleteAsync(
        AnswerSource source, ChatStreamVerdict verdict, ChatStreamException? error)
    {
        ChatStreamRelayError? failure = (error?.InnerException as ChatStreamRelayException)?.Error;
        bool mayAppend = failure
            is not (ChatStreamRelayError.TooLarge or ChatStreamRelayError.StoreFull or ChatStreamRelayError.RecordsLost);
        if (mayAppend) _log.Add(_buffer.TakeAll());
        ChatStreamResult answer = source.GetAnswer(isComplete: verdict == ChatStreamVerdict.Complete);
        var end = new ChatStreamEnd(verdict, EndFormat.Write(answer, error, failure));
        ChatStreamWriteResult result = await _log.CompleteAsync(end, shutdown).ConfigureAwait(false);
        if (result.Outcome != ChatStreamWriteOutcome.Written)
        {
            // The last records may be what exceeds a limit. An end without records is always accepted.
            bool isFenced = result.Outcome
                is ChatStreamWriteOutcome.Fenced or ChatStreamWriteOutcome.Ended or ChatStreamWriteOutcome.NotFound;
            return mayAppend || isFenced
                ? await RefusedAsync(source, result).ConfigureAwait(false)
                : Outcome(source, ChatProducerEnding.Fenced, result.Verdict, error);
        }

        if (error is not null) logger.StreamFailed(error, lease.StreamId, error.Error, failure);
        return Outcome(source, ChatProducerEnding.Ended, result.Verdict, error);
    }

    private async ValueTask<ChatProducerResult> AbortAsync(AnswerSource source, Exception exception)
    {
        await StopSourceAsync(source).ConfigureAwait(false);
        ChatStreamException error = RelayError.Create(ChatStreamRelayError.ApplicationFailed, exception);
        logger.StreamFailed(exception, lease.StreamId, error.Error, ChatStreamRelayError.ApplicationFailed);
        _log.Discard();
        var end = new ChatStreamEnd(
            ChatStreamVerdict.Error, EndFormat.Write(ChatStreamResult.Empty, error, ChatStreamRelayError.ApplicationFailed));
        try
        {
            ChatStreamWriteResult result = await _log.CompleteAsync(end, shutdown).ConfigureAwait(false);
            return Outcome(source, ChatProducerEnding.Ended, result.Verdict, error);
        }
        catch (Exception)
        {
            return Outcome(source, ChatProducerEnding.StoreUnavailable, verdict: null, error);
        }
    }

    private async ValueTask StopSourceAsync(AnswerSource source)
    {
        bool hasEnded = await source.StopAsync(options.StopTimeout, _time).ConfigureAwait(false);
        if (!hasEnded) logger.SourceDidNotEnd(lease.StreamId);
    }

    private ChatProducerResult Outcome(
        AnswerSource source, ChatProducerEnding ending, ChatStreamVerdict? verdict, ChatStreamException? error) => new()
        {
            StreamId = lease.StreamId,
            Ending = ending,
            Verdict = verdict,
            Answer = source.GetAnswer(isComplete: verdict == ChatStreamVerdict.Complete),
            Exception = error,
        };

    /// <summary>
    /// Waits for signals of a stop. They are hints: without them, a stop is seen with the next append or renewal.
    /// </summary>
    private async Task WatchStopAsync(CancellationToken ended)
    {
        try
        {
            IChatStreamSubscription subscription = await caller.CallAsync(
                (store, token) => store.SubscribeAsync(lease.StreamId, ChatStreamSignals.Stop, token), ended, ended).ConfigureAwait(false);
            await using (subscription.ConfigureAwait(false))
            {
                while (true)
                {
                    // The first time without a signal: the stop may have come before the subscription.
                    _isStopSignalled = true;
                    _wake.Set();
                    await subscription.WaitAsync(ended).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
        {
            if (!ended.IsCancellationRequested) logger.StopsNotSignalled(exception, lease.StreamId);
        }
    }
}
