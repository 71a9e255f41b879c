using System.Runtime.CompilerServices;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Production;

public class StreamProducerTests
{
    [Fact]
    public async Task Deltas_that_arrive_together_are_few_records()
    {
        using var cluster = new Cluster(options => options with { GroupInterval = TimeSpan.FromHours(1) });
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, _ => ScriptedAnswers.ToAsync(Texts(1000, "0123456789")));
        // The first delta at once, then one record for every 4 KiB, and the rest with the end.
        long records = (await cluster.Store.GetStatusAsync(lease.StreamId))!.LastSequence;
        Assert.InRange(records, 1, 10);
        Assert.Equal(10_000, (await (await cluster.ReadAsync(lease.StreamId)).CollectAsync()).Text.Length);
    }

    [Fact]
    public async Task The_first_delta_is_appended_at_once()
    {
        using var cluster = new Cluster(options => options with { GroupInterval = TimeSpan.FromHours(1) });
        ChatStreamLease lease = await cluster.BeginAsync();
        Task producing = cluster.FirstNode.ProduceAsync(lease, stopped => ThenHangAsync(Texts(1, "a"), stopped));
        await cluster.First.WaitForRecordAsync(1, CancellationToken.None).WaitAsync(ReadStream.Bound);
        await cluster.Store.RequestStopAsync(lease.StreamId);
        await producing.WaitAsync(ReadStream.Bound);
    }

    [Fact]
    public async Task While_the_store_is_away_the_answer_is_buffered_within_its_bound_and_then_appended()
    {
        int read = 0;
        bool isAway = true;
        var clock = new SteppedClock();
        var isNearlyFull = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cluster = new Cluster(options => options with { MaxBufferedBytes = 2000, GroupBytes = 100, TimeProvider = clock });
        cluster.First.OnCall = method => isAway && method is "AppendAsync" or "RenewAsync" ? Fault.Before : Fault.None;
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, _ => CountedAsync());
        await isNearlyFull.Task.WaitAsync(ReadStream.Bound);
        for (int i = 0; i < 5; i++) Assert.True(await clock.AdvanceToNextAsync(TimeSpan.FromSeconds(1), producing));
        Assert.InRange(read, 50, 200); // 1000 deltas, of which about 2 × 2000 bytes are read
        isAway = false;
        ChatProducerResult result = await clock.RunAsync(producing);
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
        Assert.Equal(10_000, (await (await cluster.ReadAsync(lease.StreamId)).CollectAsync()).Text.Length);

        async IAsyncEnumerable<ChatDelta> CountedAsync()
        {
            foreach (ChatDelta delta in Texts(1000, "0123456789"))
            {
                await Task.Yield();
                if (++read == 50) isNearlyFull.SetResult();
                yield return delta;
            }
        }
    }

    [Fact]
    public async Task A_store_that_stays_away_ends_the_work_with_a_clear_error_and_closes_the_source()
    {
        bool isClosed = false;
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        cluster.First.DiesAfter = 1;
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatProducerResult result = await clock.RunAsync(cluster.FirstNode.ProduceAsync(lease, SourceAsync));
        Assert.Equal(ChatProducerEnding.StoreUnavailable, result.Ending);
        Assert.Equal(ChatStreamError.Connection, result.Exception!.Error);
        Assert.True(isClosed);
        Assert.Null((await cluster.Store.GetStatusAsync(lease.StreamId))!.Verdict); // it is not marked as lost

        async IAsyncEnumerable<ChatDelta> SourceAsync([EnumeratorCancellation] CancellationToken stopped = default)
        {
            try
            {
                await foreach (ChatDelta delta in cluster.PacedAsync(ScriptedAnswers.ToAsync(Texts(10, "a")), stopped: stopped)) yield return delta;
            }
            finally
            {
                isClosed = true;
            }
        }
    }

    [Fact]
    public async Task A_producer_that_was_merely_slow_is_fenced_and_closes_its_source()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        var goOn = new TaskCompletionSource();
        bool isClosed = false;
        Task<ChatProducerResult> slow = cluster.FirstNode.ProduceAsync(lease, SourceAsync);
        await cluster.First.WaitForRecordAsync(1, CancellationToken.None);
        cluster.ExpireLeases();
        ChatProducerResult? next = await cluster.SecondNode.TryTakeOverAsync(lease.StreamId, lease.Epoch, _ => null);
        Assert.Equal(ChatStreamVerdict.Error, next!.Verdict);
        goOn.SetResult();
        ChatProducerResult result = await slow.WaitAsync(ReadStream.Bound);
        Assert.Equal(ChatProducerEnding.Fenced, result.Ending);
        Assert.True(isClosed);
        Assert.Equal("a", (await (await cluster.ReadAsync(lease.StreamId)).CollectAsync()).Text);

        async IAsyncEnumerable<ChatDelta> SourceAsync([EnumeratorCancellation] CancellationToken stopped = default)
        {
            try
            {
                yield return new ChatDelta { Text = "a" };
                await goOn.Task;
                yield return new ChatDelta { Text = "b", TextOffset = 1 };
                await Task.Delay(Timeout.Infinite, stopped);
            }
            finally
            {
                isClosed = true;
            }
        }
    }

    [Fact]
    public async Task An_answer_that_is_too_large_ends_with_an_error_and_is_not_trimmed()
    {
        using var cluster = new Cluster(storeOptions: new MemoryChatStreamStoreOptions { MaxStreamBytes = 500 });
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatProducerResult result = await cluster.FirstNode.ProduceAsync(
            lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(Texts(2000, "0123456789")), stopped: stopped));
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result.Ending, result.Verdict));
        ReadStream read = await cluster.ReadAsync(lease.StreamId);
        var failure = Assert.IsType<ChatStreamException>(read.Failure);
        Assert.Equal(ChatStreamError.TooLarge, failure.Error);
        Assert.Equal(ChatStreamRelayError.TooLarge, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.StartsWith("0123456789", (await read.CollectAsync()).Text);
    }

    [Fact]
    public async Task A_store_without_room_ends_the_answer_with_an_error()
    {
        using var cluster = new Cluster(storeOptions: new MemoryChatStreamStoreOptions { MaxMemoryBytes = 6000 });
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, _ => ScriptedAnswers.ToAsync(Texts(2000, "0123456789")));
        var failure = Assert.IsType<ChatStreamException>((await cluster.ReadAsync(lease.StreamId)).Failure);
        Assert.Equal(ChatStreamRelayError.StoreFull, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
    }

    [Fact]
    public async Task A_failure_of_the_application_is_an_error_without_its_words()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatProducerResult result = await cluster.FirstNode.ProduceAsync(lease, _ => throw new InvalidOperationException("secret"));
        Assert.Equal("secret", result.Exception!.InnerException!.InnerException!.Message);
        var failure = Assert.IsType<ChatStreamException>((await cluster.ReadAsync(lease.StreamId)).Failure);
        Assert.Equal(ChatStreamError.ServerError, failure.Error);
        Assert.DoesNotContain("secret", failure.ToString());
    }

    [Fact]
    public async Task A_timeout_of_the_application_is_a_failure_and_not_a_cancellation()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatProducerResult result = await cluster.FirstNode.ProduceAsync(lease, _ => throw new TaskCanceledException("timeout"));
        Assert.Equal(ChatStreamVerdict.Error, result.Verdict);
        Assert.IsType<ChatStreamException>((await cluster.ReadAsync(lease.StreamId)).Failure);
    }

    [Fact]
    public async Task A_delta_that_cannot_be_written_ends_the_stream_with_an_error()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        var delta = new ChatDelta { Text = "b", TextOffset = 1, OtherContents = new UnreadableContents() };
        ChatProducerResult result = await cluster.FirstNode.ProduceAsync(
            lease, _ => ScriptedAnswers.ToAsync([new ChatDelta { Text = "a" }, delta]));
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result.Ending, result.Verdict));
        var failure = Assert.IsType<ChatStreamException>((await cluster.ReadAsync(lease.StreamId)).Failure);
        Assert.Equal(ChatStreamError.ServerError, failure.Error);
        // Whether or not the first delta was appended by itself, no number was left out, and no record written twice.
        ChatStreamStatus status = (await cluster.Store.GetStatusAsync(lease.StreamId))!;
        Assert.Equal(lease.Epoch, status.Epoch);
        Assert.InRange(status.LastSequence, 0, 1);
    }

    [Fact]
    public async Task If_the_store_loses_more_than_was_retained_the_stream_ends_with_an_error()
    {
        using var cluster = new Cluster(options => options with { MaxRetainedBytes = 1 });
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatProducerResult result = await cluster.FirstNode.ProduceAsync(
            lease, stopped => cluster.PacedAsync(LoseAsync(), stopped: stopped)).WaitAsync(ReadStream.Bound);
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result.Ending, result.Verdict));
        ReadStream read = await cluster.ReadAsync(lease.StreamId);
        var failure = Assert.IsType<ChatStreamException>(read.Failure);
        Assert.Equal(ChatStreamRelayError.RecordsLost, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.Equal("aaa", (await read.CollectAsync()).Text);

        async IAsyncEnumerable<ChatDelta> LoseAsync()
        {
            foreach (ChatDelta delta in Texts(10, "a"))
            {
                if (delta.TextOffset == 5) cluster.Store.LoseRecords(lease.StreamId, 2);
                await Task.Yield();
                yield return delta;
            }
        }
    }

    [Fact]
    public async Task A_source_that_ignores_its_token_does_not_delay_the_end_for_long()
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { StopTimeout = TimeSpan.FromSeconds(3), TimeProvider = clock });
        ChatStreamLease lease = await cluster.BeginAsync();
        var never = new TaskCompletionSource();
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, _ => IgnoreAsync());
        await cluster.First.WaitForRecordAsync(1, CancellationToken.None);
        await cluster.Store.RequestStopAsync(lease.StreamId);
        ChatProducerResult result = await clock.RunAsync(producing, TimeSpan.FromSeconds(3));
        Assert.Equal(ChatStreamVerdict.Canceled, result.Verdict);
        never.SetResult();

        async IAsyncEnumerable<ChatDelta> IgnoreAsync()
        {
            yield return new ChatDelta { Text = "a" };
            await never.Task;
            yield return new ChatDelta { Text = "b", TextOffset = 1 };
        }
    }

    [Fact]
    public async Task The_usage_of_an_answer_that_was_stopped_is_kept()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, SourceAsync);
        await cluster.First.WaitForRecordAsync(1, CancellationToken.None);
        await cluster.Store.RequestStopAsync(lease.StreamId);
        await producing.WaitAsync(ReadStream.Bound);
        var failure = Assert.IsType<ChatStreamCanceledException>((await cluster.ReadAsync(lease.StreamId)).Failure);
        Assert.Equal(7, failure.Partial.Usage!.OutputTokenCount);
        Assert.False(failure.CancellationToken.IsCancellationRequested);

        static async IAsyncEnumerable<ChatDelta> SourceAsync([EnumeratorCancellation] CancellationToken stopped = default)
        {
            yield return new ChatDelta { Text = "a" };
            await Task.Delay(Timeout.Infinite, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new ChatStreamCanceledException(new ChatStreamResult { Usage = new UsageDetails { OutputTokenCount = 7 } }, stopped);
        }
    }

    [Fact]
    public async Task On_shutdown_an_answer_that_cannot_be_handed_over_ends_with_an_error()
    {
        using var cluster = new Cluster();
        using var shutdown = new CancellationTokenSource();
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ChatProducerResult> producing =
            cluster.FirstNode.ProduceAsync(lease, stopped => ThenHangAsync(Texts(1, "a"), stopped), shutdown: shutdown.Token);
        await cluster.First.WaitForRecordAsync(1, CancellationToken.None);
        await shutdown.CancelAsync();
        ChatProducerResult result = await producing.WaitAsync(ReadStream.Bound);
        Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result.Ending, result.Verdict));
        var failure = Assert.IsType<ChatStreamException>((await cluster.ReadAsync(lease.StreamId)).Failure);
        Assert.Equal(ChatStreamRelayError.ServerShutdown, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
        Assert.Equal("a", failure.Partial.Text);
    }

    [Fact]
    public async Task A_silent_answer_keeps_its_lease()
    {
        var time = new SteppedClock();
        using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = time });
        var node = new FaultyStore(store);
        var relay = new ChatStreamRelay(node, new ChatStreamRelayOptions { TimeProvider = time });
        ChatStreamLease lease = (await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" })).Lease!;
        Task<ChatProducerResult> producing = relay.ProduceAsync(lease, stopped => ThenHangAsync(Texts(1, "a"), stopped));
        await node.WaitForRecordAsync(1, CancellationToken.None);
        DateTimeOffset begun = time.GetUtcNow();
        while (time.GetUtcNow() - begun < TimeSpan.FromMinutes(2))
        {
            await time.AdvanceToNextAsync(TimeSpan.FromSeconds(5), producing);
            Assert.False((await store.GetStatusAsync(lease.StreamId))!.IsLeaseExpired);
        }

        Assert.InRange(node.CountOf("RenewAsync"), 20, 26); // one in 5 seconds
        await store.RequestStopAsync(lease.StreamId);
        await producing.WaitAsync(ReadStream.Bound);
    }

    [Fact]
    public async Task An_answer_that_nobody_reads_is_abandoned_if_the_options_say_so()
    {
        var time = new SteppedClock();
        using var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = time });
        var relay = new ChatStreamRelay(store, new ChatStreamRelayOptions { TimeProvider = time, AbandonAfter = TimeSpan.FromSeconds(30) });
        ChatStreamLease lease = (await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" })).Lease!;
        Task<ChatProducerResult> producing = relay.ProduceAsync(lease, stopped => ThenHangAsync(Texts(1, "a"), stopped));
        for (int second = 0; second < 90; second++)
        {
            await store.TouchAsync(lease.StreamId); // as a reader does
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null((await store.GetStatusAsync(lease.StreamId))!.Verdict);
        DateTimeOffset left = time.GetUtcNow();
        Assert.Equal(ChatStreamVerdict.Canceled, (await time.RunAsync(producing, TimeSpan.FromSeconds(5))).Verdict);
        Assert.InRange((time.GetUtcNow() - left).TotalSeconds, 25, 40);
    }

    /// <summary>Contents that can be enumerated by whoever reads the source, and then no more.</summary>
    private sealed class UnreadableContents : IReadOnlyList<AIContent>
    {
        private int _enumerations;

        public int Count => 1;

        public AIContent this[int index] => throw new NotSupportedException();

        public IEnumerator<AIContent> GetEnumerator() =>
            _enumerations++ < 2 ? Enumerable.Empty<AIContent>().GetEnumerator() : throw new InvalidOperationException("unreadable");

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private static IEnumerable<ChatDelta> Texts(int count, string text) =>
        Enumerable.Range(0, count).Select(i => new ChatDelta { Text = text, TextOffset = i * text.Length });

    private static async IAsyncEnumerable<ChatDelta> ThenHangAsync(
        IEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken stopped)
    {
        foreach (ChatDelta delta in deltas) yield return delta;
        await Task.Delay(Timeout.Infinite, stopped);
    }
}
