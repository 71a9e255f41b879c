using System.Diagnostics.CodeAnalysis;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Reads the deltas of one answer that is not streamed to the client.</summary>
internal sealed class AnswerReader(CancellationToken stopped)
{
    /// <summary>Why the deltas ended early, or null.</summary>
    public Exception? Exception { get; private set; }

    /// <summary>Reads to the end. Does not throw: see <see cref="Exception"/>.</summary>
    /// <param name="start">Starts the answer.</param>
    public async IAsyncEnumerable<ChatDelta> ReadAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>> start)
    {
        if (!TryStart(start, out IAsyncEnumerator<ChatDelta>? deltas)) yield break;
        try
        {
            while (await TryMoveNextAsync(deltas).ConfigureAwait(false)) yield return deltas.Current;
        }
        finally
        {
            await DisposeAsync(deltas).ConfigureAwait(false);
        }
    }

    private bool TryStart(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> start, [NotNullWhen(true)] out IAsyncEnumerator<ChatDelta>? deltas)
    {
        try
        {
            deltas = start(stopped).GetAsyncEnumerator(stopped);
            return true;
        }
        catch (Exception exception)
        {
            Exception = exception;
            deltas = null;
            return false;
        }
    }

    private async ValueTask<bool> TryMoveNextAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        try
        {
            return await deltas.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Exception = exception;
            return false;
        }
    }

    private static async ValueTask DisposeAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        try
        {
            await deltas.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // How the answer ended is known already.
        }
    }
}
