using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Relay.Tests.Memory;

public class MemoryChatStreamStoreTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_timer_runs_only_while_there_is_something_to_remove()
    {
        using MemoryChatStreamStore store = Create();
        Assert.False(store.IsSweeping);
        ChatStreamLease lease = await BeginAsync(store, "c1");
        Assert.True(store.IsSweeping);
        await CompleteAsync(store, lease, 100);
        _time.Advance(store.Options.EndedRetention + TimeSpan.FromMinutes(1));
        Assert.False(store.IsSweeping);
        Assert.Equal((0, 0L), (store.StreamCount, store.UsedBytes));
        await store.RequestStopAsync("o", "c", "d");
        Assert.True(store.IsSweeping);
        Assert.NotEqual(0, store.UsedBytes);
        _time.Advance(store.Options.StopRetention + TimeSpan.FromMinutes(1));
        Assert.False(store.IsSweeping);
        Assert.Equal((0, 0L, 0), (store.StreamCount, store.UsedBytes, store.ConversationCount));
    }

    [Fact]
    public async Task Streams_that_have_ended_make_room_the_oldest_first_unless_they_are_read()
    {
        using MemoryChatStreamStore store = Create(maxMemoryBytes: 100_000);
        var ids = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            ChatStreamLease lease = await BeginAsync(store, $"c{i}");
            ids.Add(lease.StreamId);
            await CompleteAsync(store, lease, 20_000);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await using IChatStreamSubscription reader = await store.SubscribeAsync(ids[0], ChatStreamSignals.Records);
        ChatStreamLease running = await BeginAsync(store, "running");
        ChatStreamWriteResult written = await store.AppendAsync(running, 1, [new byte[30_000]]);
        Assert.Equal(ChatStreamWriteOutcome.Written, written.Outcome);
        Assert.NotNull(await store.GetStatusAsync(ids[0])); // is being read
        Assert.Null(await store.GetStatusAsync(ids[1]));
        Assert.NotNull(await store.GetStatusAsync(ids[3]));
        Assert.InRange(store.UsedBytes, 1, 100_000);
    }

    [Fact]
    public async Task A_running_stream_is_never_removed_to_make_room()
    {
        using MemoryChatStreamStore store = Create(maxMemoryBytes: 50_000);
        ChatStreamLease first = await BeginAsync(store, "c1");
        await store.AppendAsync(first, 1, [new byte[30_000]]);
        ChatStreamLease second = await BeginAsync(store, "c2");
        Assert.Equal(ChatStreamWriteOutcome.StoreFull, (await store.AppendAsync(second, 1, [new byte[30_000]])).Outcome);
        Assert.Equal(1, (await store.GetStatusAsync(first.StreamId))!.LastSequence);
        ChatStreamWriteResult end = await store.CompleteAsync(second, 1, [], new ChatStreamEnd(ChatStreamVerdict.Error, default));
        Assert.Equal(ChatStreamWriteOutcome.Written, end.Outcome);
        for (int i = 0; ; i++)
        {
            ChatStreamBeginResult begun = await store.BeginAsync(new() { Owner = "o", Conversation = $"more{i}", Digest = "d" });
            if (begun.Outcome == ChatStreamBeginOutcome.StoreFull) break;
            Assert.True(i < 100, "The number of streams is bounded by their overhead.");
        }
    }

    [Fact]
    public async Task Thousands_of_readers_get_everything_once()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ReadStream>[] readers = [.. Enumerable.Range(0, 2000).Select(_ => cluster.ReadAsync(lease.StreamId))];
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync("chinese");
        await cluster.FirstNode.ProduceAsync(lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped));
        foreach (ReadStream read in await Task.WhenAll(readers))
        {
            Assert.Null(read.Failure);
            Assert.Equal(ScriptedAnswers.Chinese, (await read.CollectAsync()).Text);
        }

        Assert.Equal(0, cluster.Store.SubscriptionCount);
    }

    [Fact]
    public async Task Many_operations_at_once_do_not_block_each_other_for_ever()
    {
        using MemoryChatStreamStore store = Create(maxMemoryBytes: 200_000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (int i = 0; i < 300; i++)
            {
                ChatStreamBeginResult begun = await store.BeginAsync(
                    new() { Owner = "o", Conversation = $"c{random.Next(5)}", Digest = $"d{random.Next(5)}", StartsAnew = true });
                if (begun.Lease is not { } lease) continue;
                await store.AppendAsync(lease, 1, [new byte[random.Next(20_000)]]);
                await store.FindAsync("o", $"c{random.Next(5)}");
                await store.RequestStopAsync("o", $"c{random.Next(5)}", $"d{random.Next(5)}");
                if (random.Next(2) == 0) await store.CompleteAsync(lease, 2, [new byte[1000]], new(ChatStreamVerdict.Complete, default));
                if (random.Next(20) == 0) _time.Advance(TimeSpan.FromMinutes(1));
                Assert.InRange(store.UsedBytes, 0, 400_000);
            }
        }))).WaitAsync(ReadStream.Bound);
        _time.Advance(TimeSpan.FromHours(1));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, 0L, 0), (store.StreamCount, store.UsedBytes, store.ConversationCount));
    }

    [Fact]
    public async Task Disposing_ends_readers_with_a_gap()
    {
        MemoryChatStreamStore store = Create();
        ChatStreamLease lease = await BeginAsync(store, "c");
        var node = new FaultyStore(store);
        Task<ReadStream> reader = ReadStream.Of(new ChatStreamRelay(node).ReadAsync(lease.StreamId));
        await node.WaitForCallsAsync("SubscribeAsync", 1);
        store.Dispose();
        Assert.IsType<ChatStreamException>((await reader).Failure);
    }

    private static async Task<ChatStreamLease> BeginAsync(MemoryChatStreamStore store, string conversation) =>
        (await store.BeginAsync(new() { Owner = "o", Conversation = conversation, Digest = "d" })).Lease!;

    private static async Task CompleteAsync(MemoryChatStreamStore store, ChatStreamLease lease, int bytes)
    {
        ChatStreamWriteResult result =
            await store.CompleteAsync(lease, 1, [new byte[bytes]], new ChatStreamEnd(ChatStreamVerdict.Complete, default));
        Assert.Equal(ChatStreamWriteOutcome.Written, result.Outcome);
    }

    private MemoryChatStreamStore Create(long maxMemoryBytes = 1_000_000) =>
        new(new MemoryChatStreamStoreOptions { TimeProvider = _time, MaxMemoryBytes = maxMemoryBytes });
}
