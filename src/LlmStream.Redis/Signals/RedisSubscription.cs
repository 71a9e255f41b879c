using System.Threading.Channels;
using LlmStream.Relay;

namespace LlmStream.Redis.Signals;

/// <summary>A subscription to a stream; to an unknown stream if <paramref name="stream"/> is null.</summary>
internal sealed class RedisSubscription(WatchedStream? stream, ChatStreamSignals signals) : IChatStreamSubscription
{
    // One signal that was not waited for is remembered.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public ChatStreamSignals Signals => signals;

    public void Set() => _signal.Writer.TryWrite(true);

    public Task WaitAsync(CancellationToken cancellationToken = default) => _signal.Reader.ReadAsync(cancellationToken).AsTask();

    public ValueTask DisposeAsync()
    {
        stream?.Remove(this);
        return default;
    }
}
