using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Reading;

public class RelayReaderTests
{
    [Fact]
    public async Task An_unknown_stream_is_an_error_and_not_an_end()
    {
        using var cluster = new Cluster();
        var failure = Assert.IsType<ChatStreamException>((await cluster.ReadAsync("unknown")).Failure);
        Assert.Equal(ChatStreamRelayError.NotFound, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
    }

    [Fact]
    public async Task A_stream_that_expires_while_a_reader_waits_is_an_error()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ReadStream> reader = cluster.ReadAsync(lease.StreamId);
        await cluster.Second.WaitForCallsAsync("ReadAsync", 1);
        cluster.Clock.Advance(TimeSpan.FromMinutes(11));
        var failure = Assert.IsType<ChatStreamException>((await reader).Failure);
        Assert.Equal(ChatStreamRelayError.NotFound, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.Equal(0, cluster.Store.SubscriptionCount);
    }

    [Fact]
    public async Task A_reader_without_a_producer_gives_up_for_itself_only()
    {
        var time = new SteppedClock();
        using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = time });
        var relay = new ChatStreamRelay(store, new ChatStreamRelayOptions { TimeProvider = time });
        ChatStreamLease lease = (await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" })).Lease!;
        DateTimeOffset begun = time.GetUtcNow();
        ReadStream read = await time.RunAsync(ReadStream.Of(relay.ReadAsync(lease.StreamId)));
        var failure = Assert.IsType<ChatStreamException>(read.Failure);
        Assert.Equal(ChatStreamRelayError.NoProducer, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.InRange((time.GetUtcNow() - begun).TotalSeconds, 74, 78); // 15 of the lease, 60 of the reader
        Assert.Null((await store.GetStatusAsync(lease.StreamId))!.Verdict);
    }

    [Fact]
    public async Task A_lost_signal_is_made_up_for_by_polling()
    {
        using var cluster = new Cluster();
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync("english");
        ChatStreamLease lease = await cluster.BeginAsync();
        var clock = new SteppedClock();
        var relay = new ChatStreamRelay(new DeafStore(cluster.Store), new ChatStreamRelayOptions { TimeProvider = clock });
        Task<ReadStream> reader = ReadStream.Of(relay.ReadAsync(lease.StreamId));
        Task producing = cluster.FirstNode.ProduceAsync(
            lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped));
        Assert.Equal(ScriptedAnswers.English, (await (await clock.RunAsync(reader)).CollectAsync()).Text);
        await producing.WaitAsync(ReadStream.Bound);
    }

    [Fact]
    public async Task A_reader_tells_the_store_that_somebody_reads()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, _ => ScriptedAnswers.ToAsync([new ChatDelta { Text = "a" }]));
        Assert.Equal(0, cluster.First.CountOf("TouchAsync"));
        await ReadStream.Of(cluster.FirstNode.ReadAsync(lease.StreamId));
        Assert.Equal(1, cluster.First.CountOf("TouchAsync"));
    }

    [Fact]
    public async Task The_past_is_merged_into_few_deltas_in_bounded_pages()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, stopped => cluster.PacedAsync(
            ScriptedAnswers.ToAsync(Enumerable.Range(0, 2000).Select(i => new ChatDelta { Text = new string('x', 100), TextOffset = i * 100 })),
            stopped: stopped));
        Assert.Equal(2000, (await cluster.Store.GetStatusAsync(lease.StreamId))!.LastSequence);
        ReadStream read = await cluster.ReadAsync(lease.StreamId);
        Assert.InRange(read.Items.Count, 3, 5); // 200 KB in pages of 64 KiB
        Assert.All(read.Items, item => Assert.InRange(item.Delta.Text.Length, 1, 66_000));
    }

    [Fact]
    public async Task A_finish_reason_in_the_middle_does_not_end_the_stream()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        // As function invocation returns it: the call, its result, and then the answer.
        ChatDelta[] deltas =
        [
            new() { ToolCalls = [new ToolCallDelta { Index = 0, Id = "i", Name = "weather", Arguments = "{}", IsComplete = true }] },
            new() { FinishReason = ChatFinishReason.ToolCalls },
            new() { OtherContents = [new FunctionResultContent("i", "sunny")] },
            new() { Text = "It is sunny." },
            new() { TextOffset = 12, FinishReason = ChatFinishReason.Stop },
        ];
        await cluster.FirstNode.ProduceAsync(lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped));
        ReadStream read = await cluster.ReadAsync(lease.StreamId);
        Assert.Null(read.Failure);
        Assert.Equal("It is sunny.", (await read.CollectAsync()).Text);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_reads_one_page()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        await using IAsyncEnumerator<ChatStreamItem> slow = cluster.SecondNode.ReadAsync(lease.StreamId).GetAsyncEnumerator();
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, stopped => cluster.PacedAsync(
            ScriptedAnswers.ToAsync(Enumerable.Range(0, 500).Select(i => new ChatDelta { Text = new string('x', 1000), TextOffset = i * 1000 })),
            stopped: stopped));
        Assert.True(await slow.MoveNextAsync());
        int reads = cluster.Second.CountOf("ReadAsync");
        await producing.WaitAsync(ReadStream.Bound);
        Assert.Equal(reads, cluster.Second.CountOf("ReadAsync"));
        int length = slow.Current.Delta.Text.Length;
        while (await slow.MoveNextAsync()) length += slow.Current.Delta.Text.Length;
        Assert.Equal(500_000, length);
        Assert.InRange(cluster.Second.CountOf("ReadAsync") - reads, 7, 10); // pages of 64 KiB
    }

    [Fact]
    public async Task A_reader_that_waits_reads_once_a_second_and_once_for_each_append()
    {
        var time = new SteppedClock();
        using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = time });
        var node = new FaultyStore(store);
        var relay = new ChatStreamRelay(node, new ChatStreamRelayOptions { TimeProvider = time });
        ChatStreamLease lease = (await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" })).Lease!;
        Task<ReadStream> reader = ReadStream.Of(relay.ReadAsync(lease.StreamId));
        DateTimeOffset begun = time.GetUtcNow();
        while (time.GetUtcNow() - begun < TimeSpan.FromSeconds(10)) Assert.True(await time.AdvanceToNextAsync(TimeSpan.FromSeconds(1), reader));
        Assert.InRange(node.CountOf("ReadAsync"), 9, 12);
        await store.CompleteAsync(lease, 1, [], new ChatStreamEnd(ChatStreamVerdict.Complete, default));
        Assert.Null((await reader).Failure);
        Assert.InRange(node.CountOf("ReadAsync"), 10, 14);
    }

    [Fact]
    public async Task A_reader_touches_the_stream_often_enough_for_a_short_time_after_which_it_is_abandoned()
    {
        var time = new SteppedClock();
        using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = time });
        var relay = new ChatStreamRelay(store, new ChatStreamRelayOptions { TimeProvider = time, AbandonAfter = TimeSpan.FromSeconds(4) });
        ChatStreamLease lease = (await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" })).Lease!;
        Task<ReadStream> reader = ReadStream.Of(relay.ReadAsync(lease.StreamId));
        DateTimeOffset begun = time.GetUtcNow();
        for (int i = 1; time.GetUtcNow() - begun < TimeSpan.FromSeconds(30);)
        {
            Assert.True(await time.AdvanceToNextAsync(TimeSpan.FromSeconds(1), reader));
            ChatStreamWriteResult result = await store.AppendAsync(lease, i++, [new byte[] { 1, (3 * 4) + 1, 1, (byte)'a' }]);
            Assert.True(result.SinceLastReader < TimeSpan.FromSeconds(4), $"It seems that nobody has read for {result.SinceLastReader}.");
        }

        store.Dispose();
        await reader;
    }

    [Fact]
    public async Task Leaving_early_leaves_nothing_behind()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, stopped => HangAsync(stopped));
        await foreach (ChatStreamItem item in cluster.SecondNode.ReadAsync(lease.StreamId)) break;
        await cluster.First.WaitForCallsAsync("SubscribeAsync", 1); // the producer's, for a stop
        using var leave = new CancellationTokenSource();
        Task<ReadStream> waiting = ReadStream.Of(cluster.SecondNode.ReadAsync(lease.StreamId, default, leave.Token));
        await cluster.Second.WaitForCallsAsync("SubscribeAsync", 2);
        await leave.CancelAsync();
        Assert.IsAssignableFrom<OperationCanceledException>((await waiting).Failure);
        Assert.Equal(1, cluster.Store.SubscriptionCount);
        await cluster.Store.RequestStopAsync(lease.StreamId);
        await producing.WaitAsync(ReadStream.Bound);
        Assert.Equal(0, cluster.Store.SubscriptionCount);

        static async IAsyncEnumerable<ChatDelta> HangAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stopped)
        {
            yield return new ChatDelta { Text = "a" };
            await Task.Delay(Timeout.Infinite, stopped);
        }
    }
}
