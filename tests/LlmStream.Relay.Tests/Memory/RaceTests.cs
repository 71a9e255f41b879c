using System.Text;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Relay.Tests.Memory;

/// <summary>Operations of several nodes at the same time. What each was told must agree with what is stored.</summary>
public class RaceTests
{
    private const int Rounds = 1000;

    [Fact]
    public Task A_stop_and_an_end() => RaceAsync(async (store, lease, _) =>
    {
        Task<ChatStreamStopOutcome> stop = Task.Run(() => store.RequestStopAsync(lease.StreamId).AsTask());
        Task<ChatStreamWriteResult> end = Task.Run(() => store.CompleteAsync(lease, 2, [], End(ChatStreamVerdict.Complete)).AsTask());
        bool isStopped = await stop == ChatStreamStopOutcome.Requested;
        Assert.Equal(isStopped ? ChatStreamVerdict.Canceled : ChatStreamVerdict.Complete, (await end).Verdict);
        Assert.Equal((await end).Verdict, (await store.GetStatusAsync(lease.StreamId))!.Verdict);
    });

    [Fact]
    public Task A_stop_and_a_takeover() => RaceAsync(async (store, lease, time) =>
    {
        time.Advance(TimeSpan.FromSeconds(16));
        Task<ChatStreamStopOutcome> stop = Task.Run(() => store.RequestStopAsync(lease.StreamId).AsTask());
        ChatStreamTakeoverResult taken = await Task.Run(() => store.TryTakeOverAsync(lease.StreamId, lease.Epoch, "newepoch").AsTask());
        ChatStreamStatus status = (await store.GetStatusAsync(lease.StreamId))!;
        if (await stop == ChatStreamStopOutcome.Canceled)
        {
            Assert.Equal(ChatStreamTakeoverOutcome.Ended, taken.Outcome);
            status = (await store.GetStatusAsync(lease.StreamId))!;
            Assert.Equal(ChatStreamVerdict.Canceled, status.Verdict);
        }
        else
        {
            Assert.Equal(ChatStreamStopOutcome.Requested, await stop);
            Assert.True((await store.RenewAsync(taken.Lease!)).IsStopRequested);
        }
    });

    [Fact]
    public Task A_slow_producer_and_a_takeover() => RaceAsync(async (store, lease, time) =>
    {
        time.Advance(TimeSpan.FromSeconds(16));
        Task<ChatStreamWriteResult> slow = Task.Run(() => store.AppendAsync(lease, 2, [Bytes("slow")]).AsTask());
        ChatStreamTakeoverResult taken = await Task.Run(() => store.TryTakeOverAsync(lease.StreamId, lease.Epoch, "newepoch").AsTask());
        ChatStreamWriteResult written = await slow;
        if (taken.Lease is not { } next)
        {
            // The append came first, and renewed the lease.
            Assert.Equal((ChatStreamTakeoverOutcome.LeaseHeld, ChatStreamWriteOutcome.Written), (taken.Outcome, written.Outcome));
            return;
        }

        Assert.Equal(ChatStreamWriteOutcome.Fenced, written.Outcome);
        Assert.Equal(1, next.LastSequence);
        Assert.Equal(ChatStreamWriteOutcome.Written, (await store.AppendAsync(next, 2, [Bytes("next")])).Outcome);
        ChatStreamPage page = await store.ReadAsync(lease.StreamId, default, 1000);
        Assert.Equal(["first", "next"], page.Records.Select(record => Encoding.UTF8.GetString(record.Data.Span)));
    });

    [Fact]
    public Task Two_producers_with_one_lease_that_repeat_each_other() => RaceAsync(async (store, lease, _) =>
    {
        // A call that was given up may still be done, at the same time as its repetition.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 2; i < 10; i++)
                Assert.Equal(ChatStreamWriteOutcome.Written, (await store.AppendAsync(lease, i, [Bytes($"{i}"), Bytes($"{i + 1}")])).Outcome);
        })));
        ChatStreamPage page = await store.ReadAsync(lease.StreamId, new ChatStreamPosition("", 1), 1000);
        Assert.Equal(Enumerable.Range(2, 9).Select(i => $"{i}"), page.Records.Select(record => Encoding.UTF8.GetString(record.Data.Span)));
    });

    [Fact]
    public Task An_expiry_and_readers_that_wait() => RaceAsync(async (store, lease, time) =>
    {
        var node = new FaultyStore(store);
        Task<ReadStream>[] readers = [.. Enumerable.Range(0, 4).Select(_ => ReadStream.Of(new ChatStreamRelay(node).ReadAsync(lease.StreamId, new(lease.Epoch, 1))))];
        await node.WaitForCallsAsync("SubscribeAsync", 2); // the others may come later
        time.Advance(store.Options.RunningRetention + TimeSpan.FromMinutes(1));
        foreach (ReadStream read in await Task.WhenAll(readers))
        {
            var failure = Assert.IsType<ChatStreamException>(read.Failure);
            Assert.Equal(ChatStreamRelayError.NotFound, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        }

        Assert.Equal((0, 0L, 0), (store.StreamCount, store.UsedBytes, store.SubscriptionCount));
    }, rounds: 50);

    [Fact]
    public Task A_begin_of_the_next_turn_and_an_end_of_the_last() => RaceAsync(async (store, lease, _) =>
    {
        Task<ChatStreamWriteResult> end = Task.Run(() => store.CompleteAsync(lease, 2, [], End(ChatStreamVerdict.Complete)).AsTask());
        ChatStreamBeginResult next = await Task.Run(() => store.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "next" }).AsTask());
        bool isSuperseded = next.SupersededStreamId is not null;
        Assert.Equal(isSuperseded ? ChatStreamVerdict.Canceled : ChatStreamVerdict.Complete, (await end).Verdict);
        Assert.Equal(next.Lease!.StreamId, (await store.FindAsync("o", "c"))!.StreamId);
    });

    [Fact]
    public Task Forgetting_a_turn_and_the_begin_of_the_next() => RaceAsync(async (store, lease, _) =>
    {
        await store.CompleteAsync(lease, 2, [], End(ChatStreamVerdict.Complete));
        Task<bool> forget = Task.Run(() => store.ForgetAsync(lease.StreamId).AsTask());
        ChatStreamBeginResult next = await Task.Run(() => store.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "next" }).AsTask());
        Assert.True(await forget);
        Assert.Equal(next.Lease!.StreamId, (await store.FindAsync("o", "c"))?.StreamId);
    });

    [Fact]
    public async Task A_large_write_that_is_refused_is_not_in_the_way_of_a_small_one()
    {
        using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { MaxMemoryBytes = 100_000 });
        ChatStreamLease large = (await store.BeginAsync(new() { Owner = "o", Conversation = "large", Digest = "d" })).Lease!;
        ChatStreamLease small = (await store.BeginAsync(new() { Owner = "o", Conversation = "small", Digest = "d" })).Lease!;
        byte[] tooMuch = new byte[99_000];
        using var enough = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                Assert.Equal(ChatStreamWriteOutcome.StoreFull, (await store.AppendAsync(large, 1, [tooMuch])).Outcome);
        });
        for (int i = 1; i <= 1000; i++)
            Assert.Equal(ChatStreamWriteOutcome.Written, (await store.AppendAsync(small, i, [Bytes("a")])).Outcome);
        await enough.CancelAsync();
        await writing;
    }

    private static async Task RaceAsync(Func<MemoryChatStreamStore, ChatStreamLease, FakeTimeProvider, Task> race, int rounds = Rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            var time = new FakeTimeProvider();
            using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = time });
            ChatStreamLease lease = (await store.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" })).Lease!;
            await store.AppendAsync(lease, 1, [Bytes("first")]);
            await race(store, lease, time).WaitAsync(ReadStream.Bound);
        }
    }

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static ChatStreamEnd End(ChatStreamVerdict verdict) => new(verdict, default);
}
