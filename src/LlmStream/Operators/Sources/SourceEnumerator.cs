using System.Runtime.ExceptionServices;

namespace LlmStream.Operators.Sources;

/// <summary>
/// Enumerates the source of an operator. A failure ends it like a normal end, and is thrown by <see cref="ThrowIfFailed"/> after
/// everything that the operator held back has been delivered. Cancellation is thrown at once, by the source, which knows what it has
/// delivered: the consumer wants nothing more.
/// </summary>
internal sealed class SourceEnumerator(IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ChatDelta> _deltas = source.GetAsyncEnumerator(cancellationToken);
    private ExceptionDispatchInfo? _failure;

    public ChatDelta Current => _deltas.Current;

    public bool HasFailed => _failure is not null;

    public async ValueTask<bool> MoveNextAsync()
    {
        try
        {
            bool hasMoved = await _deltas.MoveNextAsync().ConfigureAwait(false);
            if (hasMoved) cancellationToken.ThrowIfCancellationRequested(); // a source that ignores the token
            return hasMoved;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            return false;
        }
    }

    /// <summary>Lets the source report a cancellation, if there was one.</summary>
    public async ValueTask ThrowIfCanceledAsync()
    {
        if (!cancellationToken.IsCancellationRequested) return;
        await MoveNextAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void ThrowIfFailed() => _failure?.Throw();

    public ValueTask DisposeAsync() => _deltas.DisposeAsync();
}
