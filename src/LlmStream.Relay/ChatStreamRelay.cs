using System.Runtime.CompilerServices;
using LlmStream.Relay.Diagnostics;
using LlmStream.Relay.Production;
using LlmStream.Relay.Reading;
using LlmStream.Relay.TakeOver;
using LlmStream.Resilience;
using Microsoft.Extensions.Logging;

namespace LlmStream.Relay;

/// <summary>
/// Keeps answers in a store while they are streamed: produces them, reads them from any position, and continues those whose producer was
/// lost. Thread-safe; one for each store.
/// </summary>
/// <example>
/// <code>
/// var relay = new ChatStreamRelay(store);
/// ChatStreamBeginResult begun = await relay.BeginAsync(new() { Owner = user, Conversation = chatId, Digest = digest });
/// if (begun.Lease is { } lease) _ = relay.ProduceAsync(lease, stopped => client.StreamAsync(messages, options, stopped));
/// await foreach (ChatStreamItem item in relay.ReadAsync(begun.Status!.StreamId)) Console.Write(item.Delta.Text);
/// </code>
/// </example>
public sealed partial class ChatStreamRelay
{
    private readonly ChatStreamRelayOptions _options;
    private readonly ILogger _logger;
    private readonly StoreCaller _caller;

    /// <summary>Creates a relay.</summary>
    /// <param name="store">The store. It is not disposed of.</param>
    /// <param name="options">The options, or <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="store"/> is null.</exception>
    public ChatStreamRelay(IChatStreamStore store, ChatStreamRelayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _options = options ?? new ChatStreamRelayOptions();
        _logger = _options.LoggerFactory.CreateLogger("LlmStream.Relay");
        _caller = new StoreCaller(store, _options, _logger);
    }

    /// <summary>The store.</summary>
    public IChatStreamStore Store => _caller.Store;

    /// <summary>Begins a stream, or joins the one that the conversation has for the same request.</summary>
    /// <param name="request">The owner, the conversation and the digest of the request.</param>
    /// <param name="cancellationToken">Cancels waiting for the store.</param>
    /// <returns>The lease, to be passed to <see cref="ProduceAsync"/>; or the stream to read.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="request"/> is null.</exception>
    /// <remarks>
    /// If the result of the store is lost, the call is repeated and returns the same lease. If it stays lost, or the call is cancelled, the
    /// stream may have begun without a producer: requests with its digest join it until it ends with an error, after its lease has expired,
    /// and then begin another one.
    /// </remarks>
    /// <exception cref="ChatStreamException">The store could not be reached.</exception>
    public async Task<ChatStreamBeginResult> BeginAsync(ChatStreamBeginRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ChatStreamBeginRequest repeatable = request.Epoch.Length > 0 ? request : request with { Epoch = RandomId.CreateEpoch() };
        try
        {
            return await _caller.CallAsync((store, token) => store.BeginAsync(repeatable, token), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }
    }

    /// <summary>
    /// Produces a stream that has begun: reads the deltas and appends them to the store until the answer ends, is stopped, or another
    /// producer takes over. Does not depend on readers.
    /// </summary>
    /// <remarks>
    /// If the answer is the result of one call of <see cref="LlmStreamClient"/> with messages, returned as it is, the request is stored
    /// with the stream (see <see cref="ChatStreamRelayOptions.RequestProtector"/>), so that another node can continue the answer.
    /// </remarks>
    /// <param name="lease">The lease. It is used by this call alone.</param>
    /// <param name="answer">
    /// Returns the deltas. The token is cancelled when the stream is stopped, or lost to another producer; the deltas must end then.
    /// </param>
    /// <param name="request">
    /// The request, if the deltas come from one direct call of a client but not as its own sequence; <see langword="null"/> to find out.
    /// </param>
    /// <param name="shutdown">
    /// Cancelled when the process ends: the stream is handed over to another node if that can continue it, and ends with an error if not.
    /// </param>
    /// <returns>How it ended. The task does not fail.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="lease"/> or <paramref name="answer"/> is null.</exception>
    public Task<ChatProducerResult> ProduceAsync(
        ChatStreamLease lease,
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> answer,
        ChatStoredRequest? request = null,
        CancellationToken shutdown = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(answer);
        return ProduceWithAsync(lease, answer, new ProductionSettings { Request = request, Shutdown = shutdown, Deadline = shutdown });
    }

    /// <summary>
    /// Reads a stream from a position to its end: what is stored, merged into few deltas, then what is appended, without loss or
    /// repetition. A reader that is slow delays nobody, and holds no more than one page.
    /// </summary>
    /// <param name="streamId">
    /// The id of the stream. The caller has checked that it may be read (<see cref="ChatStreamStatus.Owner"/>).
    /// </param>
    /// <param name="after">
    /// The position of the last delta that the reader has. Default: <see cref="ChatStreamPosition.Start"/>, the whole stream.
    /// </param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas, each with its position. The sequence ends normally only if the answer is complete.</returns>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: the answer failed, with the error that its producer got; or it cannot be read, and the
    /// <see cref="Exception.InnerException"/> is a <see cref="ChatStreamRelayException"/>. The partial answer is the whole stream so far.
    /// </exception>
    /// <exception cref="ChatStreamCanceledException">
    /// During the enumeration: the answer was stopped. <paramref name="cancellationToken"/> was not cancelled.
    /// </exception>
    public IAsyncEnumerable<ChatStreamItem> ReadAsync(
        string streamId, ChatStreamPosition after = default, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(streamId);
        return Iterate(_caller, streamId, after, _options, cancellationToken);

        // Each enumeration has a reader for itself.
        static async IAsyncEnumerable<ChatStreamItem> Iterate(
            StoreCaller caller, string streamId, ChatStreamPosition after, ChatStreamRelayOptions options,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var reader = new RelayReader(caller, streamId, options);
            Instruments.Readers.Add(1);
            try
            {
                await foreach (ChatStreamItem item in reader.ReadAsync(after, cancellationToken).ConfigureAwait(false)) yield return item;
            }
            finally
            {
                Instruments.Readers.Add(-1);
            }
        }
    }

    /// <summary>The same as <see cref="ReadAsync"/>, without positions, for everything that takes deltas.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="after">The position of the last delta that the reader has.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The deltas.</returns>
    public async IAsyncEnumerable<ChatDelta> ReadDeltasAsync(
        string streamId, ChatStreamPosition after = default, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ChatStreamItem item in ReadAsync(streamId, after, cancellationToken).ConfigureAwait(false)) yield return item.Delta;
    }

    /// <summary>
    /// Takes over a stream whose producer is gone, and continues its answer from the last character that is stored; if it cannot be
    /// continued, ends it with an error; if it was to be stopped, as cancelled.
    /// </summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="seenEpoch">The epoch of the producer that is gone.</param>
    /// <param name="findClient">Finds the client that continues the answer; <see langword="null"/> if there is none.</param>
    /// <param name="shutdown">As for <see cref="ProduceAsync"/>.</param>
    /// <returns>How it ended; <see langword="null"/> if the stream was not taken over.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ChatStreamException">The store could not be reached.</exception>
    public async Task<ChatProducerResult?> TryTakeOverAsync(
        string streamId, string seenEpoch, Func<ChatStoredRequest, LlmStreamClient?> findClient, CancellationToken shutdown = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        ArgumentNullException.ThrowIfNull(seenEpoch);
        ArgumentNullException.ThrowIfNull(findClient);
        TakenOver? taken = await TryTakeOverCoreAsync(streamId, seenEpoch, findClient, shutdown).ConfigureAwait(false);
        return taken?.Result;
    }

    private async Task<TakenOver?> TryTakeOverCoreAsync(
        string streamId, string seenEpoch, Func<ChatStoredRequest, LlmStreamClient?> findClient, CancellationToken shutdown)
    {
        string newEpoch = RandomId.CreateEpoch();
        try
        {
            ChatStreamTakeoverResult taken = await _caller.CallAsync(
                (store, token) => store.TryTakeOverAsync(streamId, seenEpoch, newEpoch, token), shutdown, shutdown).ConfigureAwait(false);
            if (taken.Outcome == ChatStreamTakeoverOutcome.Canceled) return await CanceledAsync(streamId).ConfigureAwait(false);
            if (taken.Lease is not { } lease) return null;
            return await ContinueAsync(lease, taken, findClient, shutdown).ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }
    }

    /// <summary>
    /// Takes over all streams whose producers are gone, until it is cancelled. Run it on every node; each stream is taken over by one.
    /// </summary>
    /// <param name="findClient">Finds the client that continues an answer; <see langword="null"/> if there is none.</param>
    /// <param name="shutdown">Cancelled when the process ends. The streams that were taken over are handed over.</param>
    /// <returns>A task that ends after <paramref name="shutdown"/> was cancelled and all streams were handed over.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="findClient"/> is null.</exception>
    public Task RunTakeoversAsync(Func<ChatStoredRequest, LlmStreamClient?> findClient, CancellationToken shutdown)
    {
        ArgumentNullException.ThrowIfNull(findClient);
        return RunReportedTakeoversAsync(findClient, run: null, shutdown);
    }

    /// <summary>A stream that was to be stopped, and that the store has ended.</summary>
    private async Task<TakenOver> CanceledAsync(string streamId)
    {
        ChatStreamResult answer = ChatStreamResult.Empty;
        try
        {
            answer = await CollectAsync(streamId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ChatStreamException exception)
        {
            _logger.TakeOverFailed(exception); // it has ended nevertheless
        }

        return new TakenOver(Request: null, new ChatProducerResult
        {
            StreamId = streamId,
            Ending = ChatProducerEnding.Ended,
            Verdict = ChatStreamVerdict.Canceled,
            Answer = answer,
        });
    }

    private static async IAsyncEnumerable<ChatDelta> NothingAsync()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    private static ChatStoredRequest? DirectCallOf(IAsyncEnumerable<ChatDelta> deltas) =>
        deltas is AnswerSequence { Call: { } call }
            ? new ChatStoredRequest
            {
                Messages = call.Messages,
                Options = call.Options,
                Provider = call.Provider,
                Client = (LlmStreamClient)call.Client,
            }
            : null;

    /// <summary>Stores the request, so that another node can continue the answer.</summary>
    /// <returns>Whether it was stored.</returns>
    private async Task<bool> StoreRequestAsync(ChatStreamLease lease, ChatStoredRequest? request)
    {
        if (request is null || _options.RequestProtector is not { } protector) return false;
        try
        {
            if (Named(request) is { } named && StoredRequestFormat.Write(named) is { } plain)
            {
                byte[] data = protector.Protect(plain);
                ChatStreamWriteResult result = await _caller.CallAsync(
                    (store, token) => store.SetRequestAsync(lease, data, token),
                    CancellationToken.None,
                    giveUp: new CancellationToken(true)).ConfigureAwait(false);
                if (result.Outcome == ChatStreamWriteOutcome.Written) return true;
            }
        }
        catch (Exception exception)
        {
            // The answer itself must not fail because it cannot be continued elsewhere.
            _logger.StoreCallFailed(exception, 0);
        }

        _logger.RequestNotStored(lease.StreamId);
        return false;
    }

    /// <summary>The request with the name by which other nodes find its client; null if they cannot find it.</summary>
    private ChatStoredRequest? Named(ChatStoredRequest request)
    {
        if (request.Client is not { } client || _options.Clients is not { } clients) return request;
        return clients.TryGetName(client, out string? name) ? request with { ClientName = name } : null;
    }

    private async Task<TakenOver> ContinueAsync(
        ChatStreamLease lease,
        ChatStreamTakeoverResult taken,
        Func<ChatStoredRequest, LlmStreamClient?> findClient,
        CancellationToken shutdown)
    {
        // The epoch was taken first: from here on the old producer appends nothing, and what is read is all that it has appended.
        ChatStoredRequest? request = null;
        ChatStreamResult partial = ChatStreamResult.Empty;
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>>? rest = null;
        string how = "given_up";
        try
        {
            var finish = new FinishSignal();
            partial = await StreamLog.CollectAsync(
                _caller, lease.StreamId, _options.PageBytes, isComplete: false, CancellationToken.None, finish.Add).ConfigureAwait(false);
            request = ReadRequest(taken.Request);
            (rest, how) = FindRest(taken, request, partial, finish, findClient);
        }
        catch (Exception exception) when (exception is not StoreUnavailableException)
        {
            // A record of an unknown version, a key that is gone, or code of the application. The stream must not be left without an end.
            _logger.RequestNotRead(exception, lease.StreamId);
        }

        Instruments.TookOver(how);
        _logger.TookOver(lease.StreamId, partial.Text.Length);
        rest ??= _ => throw RelayError.Create(ChatStreamRelayError.ProducerLost, partial: partial);
        var producer = new StreamProducer(_caller, lease, _options, _logger, shutdown) { CanHandOver = true, Earlier = partial };
        return new TakenOver(request, await producer.RunAsync(rest).ConfigureAwait(false));
    }

    private ChatStoredRequest? ReadRequest(ReadOnlyMemory<byte> stored) =>
        !stored.IsEmpty && _options.RequestProtector?.Unprotect(stored.ToArray()) is { } plain ? StoredRequestFormat.Read(plain) : null;

    /// <summary>Finds out how a stream that was taken over goes on.</summary>
    /// <returns>The rest of the answer, which is empty if nothing is missing; null if it cannot be continued.</returns>
    private static (Func<CancellationToken, IAsyncEnumerable<ChatDelta>>? Deltas, string How) FindRest(
        ChatStreamTakeoverResult taken,
        ChatStoredRequest? request,
        ChatStreamResult partial,
        FinishSignal finish,
        Func<ChatStoredRequest, LlmStreamClient?> findClient)
    {
        // Without a stored request, the answer may be the work of several calls, and a finish reason that of the first one.
        if (request is null || findClient(request) is not { } client) return (null, "given_up");
        if (request.Provider is { } provider && provider != client.Provider.Name) return (null, "given_up");
        if (finish.IsComplete(partial, client.ChoicesOf(request.Messages, request.Options)))
            return (static _ => NothingAsync(), "completed");
        if (!taken.MayContinue) return (null, "given_up");
        return (stopped => client.ContinueAsync(request.Messages, partial, request.Options, stopped), "continued");
    }
}
