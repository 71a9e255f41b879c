using System.Runtime.ExceptionServices;
using LlmStream.Chat;

namespace LlmStream.Operators.Sources;

/// <summary>
/// A source whose next delta can be awaited together with a timer. At most one delta is requested ahead. A failure ends it like a
/// normal end, and is thrown by <see cref="ThrowIfFailed"/> after everything that was held back has been delivered. So does a
/// cancellation, which <see cref="ThrowIfCanceled"/> throws at once, with what has been delivered.
/// </summary>
internal sealed class LookaheadSource : IAsyncDisposable
{
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _stop;
    private readonly AnswerCollector _delivered = new();
    private readonly IAsyncEnumerator<ChatDelta> _deltas;
    private Task<bool>? _next;
    private ExceptionDispatchInfo? _failure;
    private OperationCanceledException? _canceled;

    public LookaheadSource(IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _deltas = source.GetAsyncEnumerator(_stop.Token);
    }

    /// <summary>Requests the next delta, unless that has been done.</summary>
    /// <returns>Whether there is another delta. The same task until the delta is read.</returns>
    public Task<bool> WaitToReadAsync() => _next ??= MoveNextAsync();

    /// <summary>The next delta, after <see cref="WaitToReadAsync"/> has returned true.</summary>
    public ChatDelta Read()
    {
        _next = null;
        return _deltas.Current;
    }

    /// <summary>Notes that the operator delivers a delta.</summary>
    public ChatDelta Deliver(ChatDelta delta)
    {
        _delivered.Add(delta);
        return delta;
    }

    public void ThrowIfFailed() => _failure?.Throw();

    /// <summary>Throws if the operator or its source was cancelled.</summary>
    public void ThrowIfCanceled()
    {
        bool isOwn = _cancellationToken.IsCancellationRequested;
        if (!isOwn && _canceled is null) return;
        CancellationToken token = isOwn ? _cancellationToken : _canceled!.CancellationToken;
        throw new ChatStreamCanceledException(_delivered.ToResult(isComplete: false), token, _canceled);
    }

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
        catch (OperationCanceledException canceled)
        {
            _canceled = canceled;
            return false;
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            return false;
        }
    }
}
