using LlmStream.Relay.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.Relay;

/// <summary>Calls a store, and repeats calls that fail until the store has been unavailable for too long.</summary>
internal sealed class StoreCaller(IChatStreamStore store, ChatStreamRelayOptions options, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private CancellationTokenSource? _unused;

    public IChatStreamStore Store => store;

    /// <summary>Calls the store.</summary>
    /// <param name="call">The call, which may be repeated.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="giveUp">Once cancelled, a call that fails is not repeated.</param>
    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    public async ValueTask<T> CallAsync<T>(
        Func<IChatStreamStore, CancellationToken, ValueTask<T>> call,
        CancellationToken cancellationToken,
        CancellationToken giveUp = default)
    {
        long begun = options.TimeProvider.GetTimestamp();
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            Exception failure;
            try
            {
                return await CallOnceAsync(call, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                failure = exception;
            }

            TimeSpan remaining = options.StoreTimeout - options.TimeProvider.GetElapsedTime(begun);
            bool isRepeated = remaining > TimeSpan.Zero && !giveUp.IsCancellationRequested;
            Instruments.StoreFailed(failure, isRepeated);
            if (!isRepeated) throw new StoreUnavailableException(failure);
            TimeSpan wait = delay < remaining ? delay : remaining;
            logger.StoreCallFailed(failure, wait.TotalMilliseconds);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, giveUp);
            await Task.Delay(wait, options.TimeProvider, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<T> CallOnceAsync<T>(
        Func<IChatStreamStore, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        // The store in memory needs neither a timer nor a new source: its calls have ended when they return.
        CancellationTokenSource timeout = Interlocked.Exchange(ref _unused, null) ?? new CancellationTokenSource();
        ValueTask<T> result = call(store, timeout.Token);
        if (result.IsCompletedSuccessfully)
        {
            Volatile.Write(ref _unused, timeout);
            return result.Result;
        }

        using CancellationTokenSource disposed = timeout;
        Task<T> task = result.AsTask();
        try
        {
            return await task.WaitAsync(options.StoreCallTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!task.IsCompleted)
            {
                await timeout.CancelAsync().ConfigureAwait(false);
                _ = task.ContinueWith(
                    static ended => _ = ended.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }
}

/// <summary>The store was unavailable for too long.</summary>
internal sealed class StoreUnavailableException(Exception cause) : Exception("The store of the streams is unavailable.", cause);
