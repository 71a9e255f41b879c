using System.Runtime.CompilerServices;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Reads the deltas of one answer, and writes them to the response as they arrive.</summary>
/// <remarks>
/// The next delta is read only when the last one is written and, if the client reads slowly, sent: the provider is read no faster than
/// the client reads.
/// </remarks>
internal sealed class DeltaPump(EventStreamResponse response, RelayLifetime lifetime)
{
    // Deltas without content, such as a role, do not begin the response: the provider may still fail.
    private const int MaxHeldDeltas = 32;

    private readonly List<ChatDelta> _held = [];

    /// <summary>Why the deltas ended early, or null.</summary>
    public Exception? Exception { get; private set; }

    /// <summary>Reads to the end. Does not throw: see <see cref="Exception"/>.</summary>
    /// <param name="start">Starts the answer.</param>
    /// <returns>The deltas, after they have been written.</returns>
    public async IAsyncEnumerable<ChatDelta> RunAsync(Func<CancellationToken, IAsyncEnumerable<ChatDelta>> start)
    {
        if (!TryStart(start, out IAsyncEnumerator<ChatDelta>? deltas)) yield break;
        try
        {
            while (await TryMoveNextAsync(deltas).ConfigureAwait(false))
            {
                ChatDelta delta = deltas.Current;
                if (!TryWrite(delta)) break;
                yield return delta;
            }
        }
        finally
        {
            await DisposeAsync(deltas).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the deltas that were held back because the answer had not begun.</summary>
    public void WriteHeld()
    {
        foreach (ChatDelta held in _held) response.Encoder.Add(held);
        _held.Clear();
    }

    private bool TryStart(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> start,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IAsyncEnumerator<ChatDelta>? deltas)
    {
        try
        {
            deltas = start(lifetime.Stopped).GetAsyncEnumerator(lifetime.Stopped);
            return true;
        }
        catch (Exception exception)
        {
            Exception = exception;
            deltas = null;
            return false;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryMoveNextAsync(IAsyncEnumerator<ChatDelta> deltas)
    {
        try
        {
            ValueTask<bool> next = deltas.MoveNextAsync();
            if (!next.IsCompleted)
            {
                await response.FlushAsync(lifetime.Stopped).ConfigureAwait(false);
                response.BeginWait();
                try
                {
                    return await next.ConfigureAwait(false);
                }
                finally
                {
                    await response.EndWaitAsync().ConfigureAwait(false);
                }
            }

            if (response.IsFlushDue) await response.FlushAsync(lifetime.Stopped).ConfigureAwait(false);
            return await next.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Exception = exception;
            return false;
        }
    }

    private bool TryWrite(ChatDelta delta)
    {
        try
        {
            if (!response.HasBegun && !HasContent(delta) && _held.Count < MaxHeldDeltas)
            {
                _held.Add(delta);
                return true;
            }

            WriteHeld();
            response.Encoder.Add(delta);
            return true;
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

    private static bool HasContent(ChatDelta delta) =>
        delta.Text.Length > 0 || delta.Reasoning.Length > 0 || delta.Refusal.Length > 0 || delta.ToolCalls.Count > 0
        || delta.OtherContents.Count > 0 || delta.FinishReason is not null;
}
