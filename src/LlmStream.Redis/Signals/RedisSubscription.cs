using System.Threading.Channels;
using LlmStream.Relay;

namespace LlmStream.Redis.Signals;

/// <summary>A subscription to a stream.</summary>
/// <param name="channels">The channels that signal it. None for an unknown stream.</param>
internal sealed class RedisSubscription(IReadOnlyList<WatchedChannel> channels) : IChatStreamSubscription
{
    // One signal that was not waited for is remembered.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => _signal.Writer.TryWrite(true);

    public Task WaitAsync(CancellationToken cancellationToken = default) => _signal.Reader.ReadAsync(cancellationToken).AsTask();

    public ValueTask DisposeAsync()
    {
        foreach (WatchedChannel channel in channels) channel.Remove(this);
        return default;
    }
}
