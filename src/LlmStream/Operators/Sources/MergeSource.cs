using System.Threading.Channels;

namespace LlmStream.Operators.Sources;

/// <summary>
/// One of the sources of a merge. One delta at a time is requested; when it has arrived, the source writes itself to a queue.
/// </summary>
internal sealed class MergeSource(
    int index, IAsyncEnumerable<ChatDelta> source, ChannelWriter<MergeSource> ready, CancellationToken cancellationToken)
    : IAsyncDisposable
{
    private IAsyncEnumerator<ChatDelta>? _deltas;
    private Task _running = Task.CompletedTask;

    public int Index { get; } = index;

    /// <summary>The delta that arrived, or null if the source has ended or failed.</summary>
    public ChatDelta? Current { get; private set; }

    public Exception? Failure { get; private set; }

    /// <summary>Requests the next delta.</summary>
    public void Advance() => _running = AdvanceAsync();

    public async ValueTask DisposeAsync()
    {
        await _running.ConfigureAwait(false); // an iterator cannot be disposed while it runs
        if (_deltas is not null) await _deltas.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AdvanceAsync()
    {
        Current = null;
        try
        {
            _deltas ??= source.GetAsyncEnumerator(cancellationToken);
            if (await _deltas.MoveNextAsync().ConfigureAwait(false)) Current = _deltas.Current;
        }
        catch (Exception exception)
        {
            Failure = exception;
        }

        ready.TryWrite(this);
    }
}
