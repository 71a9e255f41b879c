using System.Runtime.ExceptionServices;

namespace LlmStream.Operators.Sources;

/// <summary>
/// Enumerates the source of an operator. A failure ends it like a normal end, and is thrown by <see cref="ThrowIfFailed"/> after
/// everything that the operator held back has been delivered. Cancellation is thrown at once: the consumer wants nothing more.
/// </summary>
internal sealed class SourceEnumerator(IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ChatDelta> _deltas = source.GetAsyncEnumerator(cancellationToken);
    private ExceptionDispatchInfo? _failure;

    public ChatDelta Current => _deltas.Current;

    public bool HasFailed => _failure is not null;

    public async ValueTask<bool> MoveNextAsync()
    {
        cancellationToken.ThrowIfCancellationRequested();
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

    public void ThrowIfFailed() => _failure?.Throw();

    public ValueTask DisposeAsync() => _deltas.DisposeAsync();
}
