namespace LlmStream.Relay;

/// <summary>A signal that is remembered until one waiter has seen it. For one waiter at a time.</summary>
internal sealed class AsyncSignal
{
    private readonly object _lock = new();
    private TaskCompletionSource? _waiter;
    private bool _isSet;

    public void Set()
    {
        lock (_lock)
        {
            if (_waiter is { } waiter)
            {
                _waiter = null;
                if (waiter.TrySetResult()) return;
            }

            _isSet = true;
        }
    }

    public Task WaitAsync()
    {
        lock (_lock)
        {
            if (_isSet)
            {
                _isSet = false;
                return Task.CompletedTask;
            }

            return (_waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Task wait = WaitAsync();
        if (wait.IsCompleted) return;
        try
        {
            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (wait.IsCompleted) _isSet = true; // came at the same time as the cancellation
                _waiter = null;
            }

            throw;
        }
    }
}
