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
    public ValueTask<T> CallAsync<T>(
        Func<IChatStreamStore, CancellationToken, ValueTask<T>> call,
        CancellationToken cancellationToken,
        CancellationToken giveUp = default)
    {
        // The store in memory needs neither a timer nor a new source: its calls have ended when they return.
        CancellationTokenSource timeout = Interlocked.Exchange(ref _unused, null) ?? new CancellationTokenSource();
        ValueTask<T> first = Call(call, timeout.Token);
        if (!first.IsCompletedSuccessfully) return CallAsync(first, timeout, call, cancellationToken, giveUp);
        Volatile.Write(ref _unused, timeout);
        return first;
    }

    private async ValueTask<T> CallAsync<T>(
        ValueTask<T> result,
        CancellationTokenSource timeout,
        Func<IChatStreamStore, CancellationToken, ValueTask<T>> call,
        CancellationToken cancellationToken,
        CancellationToken giveUp)
    {
        long begun = options.TimeProvider.GetTimestamp();
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            Exception failure;
            try
            {
                return await WaitAsync(result, timeout, cancellationToken).ConfigureAwait(false);
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
            timeout = new CancellationTokenSource();
            result = Call(call, timeout.Token);
        }
    }

    private ValueTask<T> Call<T>(Func<IChatStreamStore, CancellationToken, ValueTask<T>> call, CancellationToken timeout)
    {
        try
        {
            return call(store, timeout);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<T>(exception);
        }
    }

    /// <summary>Waits for a call, but not longer than a call may take. Disposes of the source that cancels it.</summary>
    private async ValueTask<T> WaitAsync<T>(ValueTask<T> result, CancellationTokenSource timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource source = timeout;
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
