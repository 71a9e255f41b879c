namespace LlmStream.Relay.Memory;

/// <summary>Those that wait for signals of the stream.</summary>
internal sealed partial class KeptStream
{
    private readonly List<MemorySubscription> _subscriptions = [];

    public int SubscriptionCount
    {
        get { lock (_lock) return _subscriptions.Count; }
    }

    public MemorySubscription Subscribe(ChatStreamSignals signals)
    {
        var subscription = new MemorySubscription(this, signals);
        lock (_lock) _subscriptions.Add(subscription);
        return subscription;
    }

    public void Unsubscribe(MemorySubscription subscription)
    {
        lock (_lock) _subscriptions.Remove(subscription);
    }

    private void Signal(ChatStreamSignals signals)
    {
        foreach (MemorySubscription subscription in _subscriptions)
        {
            if ((subscription.Signals & signals) != ChatStreamSignals.None) subscription.Set();
        }
    }
}
