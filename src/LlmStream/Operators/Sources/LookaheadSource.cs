using System.Runtime.ExceptionServices;

namespace LlmStream.Operators.Sources;

/// <summary>
/// A source whose next delta may be waited for beside something else. One delta at most is asked for ahead. A failure ends it
/// like an end, and is thrown by <see cref="ThrowIfFailed"/> once what was held back has been delivered.
/// </summary>
internal sealed class PendingSource : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly IAsyncEnumerator<ChatDelta> _deltas;
    private Task<bool>? _next;
    private ExceptionDispatchInfo? _failure;

    public PendingSource(IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _deltas = source.GetAsyncEnumerator(_stop.Token);
    }

    /// <summary>Whether there is another delta. Asks the source for it, unless that was done.</summary>
    public Task<bool> Next => _next ??= MoveNextAsync();

    /// <summary>Takes the delta that <see cref="Next"/> said there is.</summary>
    public ChatDelta Take()
    {
        _next = null;
        return _deltas.Current;
    }

    public void ThrowIfFailed() => _failure?.Throw();

    /// <summary>Stops the source, and waits until it has stopped: an iterator cannot be disposed while it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_next is not null) await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _deltas.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<bool> MoveNextAsync()
    {
        try
        {
            return await _deltas.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            return false;
        }
    }
}
