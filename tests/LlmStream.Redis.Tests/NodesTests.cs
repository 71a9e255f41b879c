using System.Diagnostics;
using System.Runtime.CompilerServices;
using LlmStream.Redis.Tests.Fakes;
using LlmStream.Relay;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Redis.Tests;

/// <summary>One node produces, another one reads, stops, and takes over.</summary>
public abstract class NodesTests(RedisFixture server, ITestOutputHelper output)
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "Why is the sky blue?")];
    private static int _prefixes;

    public static TheoryData<string> Names => [.. ScriptedAnswers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Readers_on_both_nodes_get_the_answer_once_from_each_position(string name)
    {
        await using Nodes nodes = await ConnectAsync();
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        string expected = Show.Of(await ScriptedAnswers.ResultAsync(name));
        ChatStreamLease lease = await nodes.BeginAsync();
        Task<ReadStream>[] live = [.. Enumerable.Range(0, 6).Select(i =>
            i % 2 == 0 ? nodes.ReadAsync(lease.StreamId) : ReadStream.Of(nodes.First.ReadAsync(lease.StreamId)))];
        ChatProducerResult result = await nodes.First
            .ProduceAsync(lease, stopped => Nodes.PacedAsync(nodes.FirstCalls, deltas, stopped)).WaitAsync(ReadStream.Bound);
        Assert.Equal(ChatStreamVerdict.Complete, result.Verdict);
        foreach (ReadStream read in await Task.WhenAll(live))
        {
            Assert.Null(read.Failure);
            Assert.Equal(expected, Show.Of(await read.CollectAsync()));
        }

        for (int i = 0; i <= deltas.Count; i++)
        {
            ReadStream rest = await nodes.ReadAsync(lease.StreamId, new ChatStreamPosition(i == 0 ? "" : lease.Epoch, i));
            Assert.Null(rest.Failure);
            ChatStreamResult joined =
                await ScriptedAnswers.ToAsync(deltas.Take(i).Concat(rest.Items.Select(item => item.Delta))).CollectAsync();
            Assert.Equal(expected, Show.Of(joined));
        }
    }

    [Fact]
    public async Task A_stop_from_another_node_ends_the_answer_within_a_second()
    {
        await using Nodes nodes = await ConnectAsync();
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync("chinese");
        List<TimeSpan> stops = [];
        for (int count = 0; count <= deltas.Count; count += 3)
        {
            (ChatStreamLease lease, FaultyStore calls, ChatStreamRelay relay) = await nodes.BeginOnNewNodeAsync();
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<ReadStream> reader = nodes.ReadAsync(lease.StreamId);
            Task<ChatProducerResult> producing =
                relay.ProduceAsync(lease, stopped => HangAsync(calls, deltas.Take(count), reached, stopped));
            await reached.Task.WaitAsync(ReadStream.Bound);
            long begun = Stopwatch.GetTimestamp();
            Assert.Equal(ChatStreamStopOutcome.Requested, await nodes.SecondStore.RequestStopAsync(lease.StreamId));
            ChatProducerResult result = await producing.WaitAsync(ReadStream.Bound);
            ReadStream read = await reader;
            stops.Add(Stopwatch.GetElapsedTime(begun));
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Canceled), (result.Ending, result.Verdict));
            Assert.IsType<ChatStreamCanceledException>(read.Failure);
            ChatStreamResult partial = await ScriptedAnswers.ToAsync(deltas.Take(count)).CollectAsync();
            Assert.Equal(Show.Of(partial.Choices), Show.Of((await read.CollectAsync()).Choices));
        }

        // A stop takes less than a second; on a busy machine any of them may be delayed.
        stops.Sort();
        output.WriteLine($"The slowest stop took {stops[^1].TotalMilliseconds:0} ms until the reader had the end");
        Assert.InRange(stops[stops.Count / 2], TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Another_node_continues_the_answer_of_one_that_died()
    {
        var store = new RedisChatStreamStoreOptions { LeaseDuration = TimeSpan.FromSeconds(3) };
        await using Nodes nodes =
            await ConnectAsync(store, Nodes.RelayOptions with { PollInterval = TimeSpan.FromMilliseconds(100) });
        using var shutdown = new CancellationTokenSource();
        using var http = new HttpClient(new ContinuingHandler("english"));
        using var client = new LlmStreamClient(http, new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "key" });
        Task takingOver = nodes.Second.RunTakeoversAsync(_ => client, shutdown.Token);
        ChatStreamResult whole = await ScriptedAnswers.ResultAsync("english");
        int continued = 0;
        foreach (int count in new[] { 2, 11 })
        {
            (ChatStreamLease lease, FaultyStore calls, _) = await nodes.BeginOnNewNodeAsync();
            var relay = new ChatStreamRelay(calls, Nodes.RelayOptions with { StoreTimeout = TimeSpan.FromTicks(1) });
            calls.DiesAfter = count;
            Task<ReadStream> live = nodes.ReadAsync(lease.StreamId);
            ChatProducerResult lost = await relay.ProduceAsync(
                lease,
                stopped => PacedAsync(calls, client.StreamAsync(Question, cancellationToken: stopped), stopped),
                new ChatStoredRequest { Messages = Question, ClientName = "c" });
            Assert.Equal(ChatProducerEnding.StoreUnavailable, lost.Ending);
            ReadStream read = await live;
            Assert.Null(read.Failure);
            Assert.Equal(whole.Text, (await read.CollectAsync()).Text);
            Assert.Single(read.Items, item => item.Delta.Seam is not null);
            Assert.True(read.Items.Select(item => item.Position.Epoch).Distinct().Count() == 2, "It was written in two epochs.");
            continued++;
        }

        await shutdown.CancelAsync();
        await takingOver.WaitAsync(ReadStream.Bound);
        output.WriteLine($"{continued} answers were continued by the other node");
    }

    [Fact]
    public async Task Readers_that_have_seen_lost_records_get_a_gap_and_others_everything()
    {
        await using Nodes nodes = await ConnectAsync();
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync("english");
        string expected = Show.Of(await ScriptedAnswers.ResultAsync("english"));
        int gaps = 0, whole = 0;
        for (int count = 2; count < deltas.Count; count += 2)
        {
            (ChatStreamLease lease, FaultyStore calls, ChatStreamRelay relay) = await nodes.BeginOnNewNodeAsync();
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            int reading = 2;
            Task<ReadStream>[] live = [ReadStream.Of(ReadAsync()), ReadStream.Of(ReadAsync())];
            ChatProducerResult result = await relay
                .ProduceAsync(lease, _ => LoseAsync(nodes, calls, lease, deltas, count, reached.Task)).WaitAsync(ReadStream.Bound);
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
            ReadStream late = await nodes.ReadAsync(lease.StreamId);
            // The node may have what the server has lost for a second more. Then this reader has seen it, too, and has to begin again.
            long begun = Stopwatch.GetTimestamp();
            while (late.Failure is not null && Stopwatch.GetElapsedTime(begun) < ReadStream.Bound)
                late = await nodes.ReadAsync(lease.StreamId);
            Assert.Null(late.Failure);
            Assert.Equal(expected, Show.Of(await late.CollectAsync()));
            foreach (ReadStream read in await Task.WhenAll(live))
            {
                if (read.Failure is null)
                {
                    Assert.Equal(expected, Show.Of(await read.CollectAsync()));
                    whole++;
                    continue;
                }

                var failure = Assert.IsType<ChatStreamException>(read.Failure);
                Assert.Equal(
                    ChatStreamRelayError.PositionLost, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);
                gaps++;
            }

            async IAsyncEnumerable<ChatStreamItem> ReadAsync()
            {
                bool hasReached = false;
                await foreach (ChatStreamItem item in nodes.Second.ReadAsync(lease.StreamId))
                {
                    bool isFirst = !hasReached && item.Position.Sequence >= count;
                    hasReached |= isFirst;
                    if (isFirst && Interlocked.Decrement(ref reading) == 0) reached.TrySetResult();
                    yield return item;
                }
            }
        }

        output.WriteLine($"{gaps} readers got a gap, {whole} everything");
        Assert.True(gaps > 0, "No reader had seen what was lost.");
    }

    [Fact]
    public async Task Many_readers_of_a_node_cost_the_server_little_more_than_one()
    {
        const int Readers = 40;
        await using Nodes nodes = await ConnectAsync();
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync("chinese");
        ChatStreamLease lease = await nodes.BeginAsync();
        using var pages = new MetricCounts("llmstream.redis.pages", "llmstream.source");
        Task<ReadStream>[] live = [.. Enumerable.Range(0, Readers).Select(_ => nodes.ReadAsync(lease.StreamId))];
        await nodes.First.ProduceAsync(lease, stopped => Nodes.PacedAsync(nodes.FirstCalls, deltas, stopped)).WaitAsync(ReadStream.Bound);
        foreach (ReadStream read in await Task.WhenAll(live)) Assert.Null(read.Failure);
        long calls = pages["server"], others = pages["memory"] + pages["shared"];
        output.WriteLine($"{Readers} readers, {deltas.Count} records: {calls} calls of the server, {others} pages without one");
        Assert.True(calls < 4 * deltas.Count, $"{calls} calls");
        Assert.True(others > 0, "Nothing was shared.");
    }

    private static async IAsyncEnumerable<ChatDelta> LoseAsync(
        Nodes nodes, FaultyStore calls, ChatStreamLease lease, List<ChatDelta> deltas, int count, Task haveRead)
    {
        await foreach (ChatDelta delta in Nodes.PacedAsync(calls, deltas.Take(count))) yield return delta;
        if (count % 4 == 0) await haveRead.WaitAsync(ReadStream.Bound); // readers have seen the records, or not yet
        await RedisHarness.LoseRecordsAsync(nodes.Database, nodes.Keys, lease.StreamId, 2);
        foreach (ChatDelta delta in deltas.Skip(count))
        {
            await Task.Yield();
            yield return delta;
        }
    }

    private static async IAsyncEnumerable<ChatDelta> HangAsync(
        FaultyStore calls, IEnumerable<ChatDelta> deltas, TaskCompletionSource reached, [EnumeratorCancellation] CancellationToken stopped)
    {
        await foreach (ChatDelta delta in Nodes.PacedAsync(calls, deltas, stopped)) yield return delta;
        reached.SetResult();
        await Task.Delay(Timeout.Infinite, stopped);
    }

    private static async IAsyncEnumerable<ChatDelta> PacedAsync(
        FaultyStore calls, IAsyncEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken stopped)
    {
        long sequence = 1;
        await foreach (ChatDelta delta in deltas.WithCancellation(stopped))
        {
            yield return delta;
            await calls.WaitForRecordAsync(sequence++, stopped);
        }
    }

    private Task<Nodes> ConnectAsync(RedisChatStreamStoreOptions? options = null, ChatStreamRelayOptions? relay = null) =>
        Nodes.ConnectAsync(
            server.Process, (options ?? new()) with { KeyPrefix = $"nodes{Interlocked.Increment(ref _prefixes)}:" }, relay);
}

public class NodesOnServerTests(SingleServer server, ITestOutputHelper output)
    : NodesTests(server, output), IClassFixture<SingleServer>;

public class NodesOnClusterTests(ClusterServer server, ITestOutputHelper output)
    : NodesTests(server, output), IClassFixture<ClusterServer>;
