using System.Runtime.CompilerServices;
using LlmStream.AspNetCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Reads the deltas of one answer to its end, whatever the handler does.</summary>
internal class DeltaReader(RelayLifetime lifetime, ILogger logger)
{
    /// <summary>Why the deltas ended early, or null.</summary>
    public Exception? Exception { get; private set; }

    /// <summary>Reads to the end. Does not throw: see <see cref="Exception"/>.</summary>
    /// <param name="start">Starts the answer.</param>
    /// <returns>The deltas, after they have been written.</returns>
    public async IAsyncEnumerable<ChatDelta> RunAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>?> start)
    {
        if (await TryStartAsync(start).ConfigureAwait(false) is not { } deltas) yield break;
        try
        {
            while (await TryMoveNextAsync(deltas).ConfigureAwait(false)) yield return deltas.Current;
        }
        finally
        {
            await DisposeAsync(deltas).ConfigureAwait(false);
        }
    }

    /// <summary>Called before the handler.</summary>
    protected virtual ValueTask BeginAsync() => default;

    /// <summary>Moves to the next delta.</summary>
    protected virtual ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatDelta> deltas) => deltas.MoveNextAsync();

    /// <summary>Writes a delta.</summary>
    protected virtual void Write(ChatDelta delta)
    {
    }

    private async ValueTask<IAsyncEnumerator<ChatDelta>?> TryStartAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>?> start)
    {
        try
        {
            lifetime.Stopped.ThrowIfCancellationRequested();
            await BeginAsync().ConfigureAwait(false);
            IAsyncEnumerable<ChatDelta> deltas = start(lifetime.Stopped)
                ?? throw new InvalidOperationException("The handler of the chat relay returned null instead of an answer.");
            return deltas.GetAsyncEnumerator(lifetime.Stopped);
        }
        catch (Exception exception)
        {
            Exception = exception;
            return null;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryMoveNextAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        try
        {
            // A handler may not look at its token.
            lifetime.Stopped.ThrowIfCancellationRequested();
            if (!await MoveNextAsync(deltas).ConfigureAwait(false)) return false;
            Write(deltas.Current);
            return true;
        }
        catch (Exception exception)
        {
            Exception = exception;
            return false;
        }
    }

    private async ValueTask DisposeAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        try
        {
            await deltas.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // How the answer ended is known already.
            logger.DisposeFailed(exception);
        }
    }
}
