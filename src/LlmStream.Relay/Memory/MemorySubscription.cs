namespace LlmStream.Relay.Memory;

/// <summary>A subscription to a stream in memory; to an unknown stream if <paramref name="stream"/> is null.</summary>
internal sealed class MemorySubscription(KeptStream? stream, ChatStreamSignals signals) : IChatStreamSubscription
{
    private volatile AsyncSignal _signal = new();

    public ChatStreamSignals Signals => signals;

    public void Set() => _signal.Set();

    /// <summary>Passes signals on to another object. <see cref="WaitAsync"/> is not used then.</summary>
    public void Redirect(AsyncSignal signal) => _signal = signal;

    public Task WaitAsync(CancellationToken cancellationToken = default) => _signal.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        stream?.Unsubscribe(this);
        return default;
    }
}
