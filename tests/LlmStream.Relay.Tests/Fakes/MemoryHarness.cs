using LlmStream.Testing;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Relay.Tests.Fakes;

/// <summary>The store in memory under the suite.</summary>
internal sealed class MemoryHarness : ChatStreamStoreHarness
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryChatStreamStore _store;

    public MemoryHarness() =>
        _store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = _time, MaxStreamBytes = 64 * 1024 });

    public override IChatStreamStore Store => _store;

    public override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return default;
    }

    public override ValueTask<bool> LoseRecordsAsync(string streamId, int count)
    {
        _store.LoseRecords(streamId, count);
        return new(true);
    }

    public override ValueTask<long?> CountObjectsAsync() =>
        new(_store.StreamCount + _store.UsedBytes + _store.ConversationCount + _store.SubscriptionCount);

    public override ValueTask DisposeAsync()
    {
        _store.Dispose();
        return base.DisposeAsync();
    }
}
