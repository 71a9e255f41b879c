using LlmStream.Relay.Production;
using LlmStream.Relay.Reading;
using LlmStream.Relay.TakeOver;

namespace LlmStream.Relay;

/// <content>What the endpoints of LlmStream.AspNetCore need besides.</content>
public sealed partial class ChatStreamRelay
{
    /// <summary>Whether other nodes have the store.</summary>
    internal bool IsStoreShared => _options.IsStoreShared;

    /// <summary>Whether requests are stored, so that other nodes can continue their answers.</summary>
    internal bool StoresRequests => _options.RequestProtector is not null;

    /// <summary>
    /// Prepares a part of a request to be stored: encrypts it if other nodes have the store. Null if it must not be stored.
    /// </summary>
    internal byte[]? TryProtect(byte[] data) =>
        _options.RequestProtector is { } protector ? protector.Protect(data) : IsStoreShared ? null : data;

    /// <summary>Reads what <see cref="TryProtect"/> returned; null if it cannot be decrypted.</summary>
    internal byte[]? TryUnprotect(byte[] data) =>
        _options.RequestProtector is { } protector ? protector.Unprotect(data) : IsStoreShared ? null : data;

    internal Task<ChatProducerResult> ProduceWithAsync(
        ChatStreamLease lease, Func<CancellationToken, IAsyncEnumerable<ChatDelta>> answer, ProductionSettings settings)
    {
        var producer = new StreamProducer(_caller, lease, _options, _logger, settings.Shutdown)
        {
            Starting = deltas => StoreRequestAsync(lease, (settings.Request ?? DirectCallOf(deltas)) is { } request
                ? request with { State = settings.State }
                : null),
            DescribeFailure = settings.DescribeFailure,
            Deadline = settings.Deadline,
        };
        return producer.RunAsync(answer);
    }

    /// <summary>Takes over streams, until it is cancelled.</summary>
    /// <param name="findClient">Finds the client that continues an answer.</param>
    /// <param name="run">Calls the function that takes over a stream, and reports how it ended; null to call it only.</param>
    /// <param name="shutdown">Cancelled when the process ends.</param>
    internal Task RunReportedTakeoversAsync(
        Func<ChatStoredRequest, LlmStreamClient?> findClient,
        Func<ChatStreamStatus, Func<Task<TakenOver?>>, Task>? run,
        CancellationToken shutdown)
    {
        return new TakeOverLoop(_caller, TakeOverAsync, _options, _logger).RunAsync(shutdown);

        Task TakeOverAsync(ChatStreamStatus stream)
        {
            return run is null ? TakeOverOnceAsync() : run(stream, TakeOverOnceAsync);

            Task<TakenOver?> TakeOverOnceAsync() => TryTakeOverCoreAsync(stream.StreamId, stream.Epoch, findClient, shutdown);
        }
    }

    /// <summary>Reads the deltas from the first up to a position, merged.</summary>
    /// <exception cref="ChatStreamException">The stream cannot be read.</exception>
    internal async Task<List<ChatDelta>> ReadUntilAsync(
        string streamId, ChatStreamPosition until, CancellationToken cancellationToken)
    {
        ChatStreamPage page = await CallAsync(
            (store, token) => store.ReadAsync(streamId, until, maxBytes: 1, token), cancellationToken).ConfigureAwait(false);
        if (page.Gap is { } gap)
            throw RelayError.Create(gap == ChatStreamGap.NotFound ? ChatStreamRelayError.NotFound : ChatStreamRelayError.PositionLost);
        return await ReadLogAsync(() => StreamLog.ReadUntilAsync(_caller, streamId, _options.PageBytes, until, cancellationToken))
            .ConfigureAwait(false);
    }

    /// <summary>Assembles the answer of a stream as far as it is stored.</summary>
    /// <exception cref="ChatStreamException">The stream cannot be read.</exception>
    internal Task<ChatStreamResult> CollectAsync(string streamId, CancellationToken cancellationToken) =>
        ReadLogAsync(() => StreamLog.CollectAsync(_caller, streamId, _options.PageBytes, isComplete: false, cancellationToken));

    /// <summary>Calls the store, and repeats the call while the store is unavailable.</summary>
    /// <exception cref="ChatStreamException">The store was unavailable for too long.</exception>
    internal async Task<T> CallAsync<T>(
        Func<IChatStreamStore, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await _caller.CallAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }
    }

    private static async Task<T> ReadLogAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (StoreUnavailableException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.StoreUnavailable, exception);
        }
        catch (FormatException exception)
        {
            throw RelayError.Create(ChatStreamRelayError.InvalidRecord, exception);
        }
    }
}
