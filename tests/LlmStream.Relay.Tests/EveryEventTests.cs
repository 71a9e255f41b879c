using System.Diagnostics;
using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.Relay.Tests;

/// <summary>What can go wrong, at every event of the scripted answers. The counts are printed.</summary>
public class EveryEventTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. ScriptedAnswers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_source_that_breaks_off_is_the_same_error_for_every_reader(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        for (int count = 0; count <= deltas.Count; count++)
        {
            using var cluster = new Cluster();
            ChatStreamLease lease = await cluster.BeginAsync();
            Task<ReadStream> live = cluster.ReadAsync(lease.StreamId);
            ChatStreamResult partial = await ScriptedAnswers.ToAsync(deltas.Take(count)).CollectAsync();
            ChatProducerResult result = await cluster.FirstNode.ProduceAsync(lease, _ => CutAsync(deltas.Take(count)));
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result.Ending, result.Verdict));
            foreach (ReadStream read in new[] { await live, await cluster.ReadAsync(lease.StreamId) })
            {
                var failure = Assert.IsType<ChatStreamException>(read.Failure);
                Assert.Equal((ChatStreamError.Connection, "Cut.", "req"), (failure.Error, failure.Message, failure.RequestId));
                Assert.Equal(Show.Of((await read.CollectAsync()).Choices), Show.Of(partial.Choices));
                Assert.Equal(Show.Of(failure.Partial.Choices), Show.Of(partial.Choices));
            }
        }

        output.WriteLine($"{name}: cut at {deltas.Count + 1} places; 0 lost, 0 doubled, 0 hung, 0 false ends");

        static async IAsyncEnumerable<ChatDelta> CutAsync(IEnumerable<ChatDelta> deltas)
        {
            foreach (ChatDelta delta in deltas)
            {
                await Task.Yield();
                yield return delta;
            }

            throw new ChatStreamException(ChatStreamError.Connection, "Cut.") { RequestId = "req", IsTransient = true };
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_stop_from_another_node_ends_the_answer_within_a_second(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        List<TimeSpan> stops = [];
        for (int count = 0; count <= deltas.Count; count++)
        {
            using var cluster = new Cluster();
            ChatStreamLease lease = await cluster.BeginAsync();
            Task<ReadStream> live = cluster.ReadAsync(lease.StreamId);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            bool isClosed = false;
            Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, stopped => HangAsync(count, stopped));
            await reached.Task.WaitAsync(ReadStream.Bound);
            long begun = Stopwatch.GetTimestamp();
            Assert.Equal(ChatStreamStopOutcome.Requested, await cluster.SecondNode.Store.RequestStopAsync(lease.StreamId));
            ChatProducerResult result = await producing.WaitAsync(ReadStream.Bound);
            stops.Add(Stopwatch.GetElapsedTime(begun));
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Canceled), (result.Ending, result.Verdict));
            Assert.True(isClosed, "The source was disposed of.");
            ChatStreamResult partial = await ScriptedAnswers.ToAsync(deltas.Take(count)).CollectAsync();
            foreach (ReadStream read in new[] { await live, await cluster.ReadAsync(lease.StreamId) })
            {
                var failure = Assert.IsType<ChatStreamCanceledException>(read.Failure);
                Assert.Equal(Show.Of(partial.Choices), Show.Of((await read.CollectAsync()).Choices));
                Assert.Equal(Show.Of(partial.Choices), Show.Of(failure.Partial.Choices));
                Assert.Equal(Show.Of(partial.Usage), Show.Of(failure.Partial.Usage));
            }

            async IAsyncEnumerable<ChatDelta> HangAsync(
                int count, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stopped)
            {
                try
                {
                    foreach (ChatDelta delta in deltas.Take(count)) yield return delta;
                    reached.SetResult();
                    await Task.Delay(Timeout.Infinite, stopped);
                }
                finally
                {
                    isClosed = true;
                }
            }
        }

        // A stop takes less than a second; on a busy machine any of them may be delayed.
        stops.Sort();
        output.WriteLine($"{name}: stopped at {stops.Count} places, the slowest in {stops[^1].TotalMilliseconds:0} ms");
        Assert.InRange(stops[stops.Count / 2], TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_reader_that_comes_late_or_resumes_gets_the_rest_once(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        string expected = Show.Of(await ScriptedAnswers.ResultAsync(name));
        int readers = 0;
        for (int count = 0; count <= deltas.Count; count++)
        {
            using var cluster = new Cluster();
            ChatStreamLease lease = await cluster.BeginAsync();
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(
                lease, stopped => cluster.PacedAsync(PauseAsync(), stopped: stopped));

            // Somebody reads from the start until here, and leaves.
            await reached.Task.WaitAsync(ReadStream.Bound);
            var before = new List<ChatStreamItem>();
            if (count > 0)
            {
                await foreach (ChatStreamItem item in cluster.SecondNode.ReadAsync(lease.StreamId))
                {
                    before.Add(item);
                    if (item.Position.Sequence >= count) break;
                }
            }

            Task<ReadStream> late = cluster.ReadAsync(lease.StreamId);
            Task<ReadStream> resumed = cluster.ReadAsync(lease.StreamId, before.Count == 0 ? default : before[^1].Position);
            goOn.SetResult();
            ChatProducerResult result = await producing.WaitAsync(ReadStream.Bound);
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
            Assert.Equal(expected, Show.Of(result.Answer));
            ReadStream rest = await resumed;
            foreach (ReadStream read in new[] { await late, rest with { Items = [.. before, .. rest.Items] }, await cluster.ReadAsync(lease.StreamId) })
            {
                Assert.Null(read.Failure);
                Assert.Equal(expected, Show.Of(await read.CollectAsync()));
                readers++;
            }

            long[] sequences = [.. before.Concat(rest.Items).Select(item => item.Position.Sequence)];
            Assert.Equal(sequences.Order().Distinct(), sequences);
            Assert.Equal(0, cluster.Store.SubscriptionCount);

            async IAsyncEnumerable<ChatDelta> PauseAsync()
            {
                for (int i = 0; i < deltas.Count; i++)
                {
                    if (i == count)
                    {
                        reached.SetResult();
                        await goOn.Task;
                    }

                    yield return deltas[i];
                }

                if (count == deltas.Count)
                {
                    reached.SetResult();
                    await goOn.Task;
                }
            }
        }

        output.WriteLine($"{name}: {readers} readers at {deltas.Count + 1} places; 0 lost, 0 doubled, 0 hung");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_stream_can_be_resumed_from_the_position_of_each_of_its_records(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        using var cluster = new Cluster(storeOptions: null, configure: options => options with { PageBytes = 1 });
        ChatStreamLease lease = await cluster.BeginAsync();
        await cluster.FirstNode.ProduceAsync(lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped));
        ReadStream each = await ReadStream.Of(cluster.FirstNode.ReadAsync(lease.StreamId));
        Assert.Equal(deltas.Count, each.Items.Count);
        for (int i = 0; i < each.Items.Count; i++)
        {
            Assert.Equal(Show.Of(deltas[i]), Show.Of(each.Items[i].Delta));
            ReadStream rest = await cluster.ReadAsync(lease.StreamId, each.Items[i].Position);
            Assert.Null(rest.Failure);
            ChatStreamResult joined = await ScriptedAnswers.ToAsync(deltas.Take(i + 1).Concat(rest.Items.Select(item => item.Delta))).CollectAsync();
            Assert.Equal(Show.Of(await ScriptedAnswers.ResultAsync(name)), Show.Of(joined));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_reader_that_pauses_after_any_item_misses_nothing(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        string expected = Show.Of(await ScriptedAnswers.ResultAsync(name));
        for (int count = 1; count <= deltas.Count; count++)
        {
            using var cluster = new Cluster();
            ChatStreamLease lease = await cluster.BeginAsync();
            await using IAsyncEnumerator<ChatStreamItem> slow = cluster.SecondNode.ReadAsync(lease.StreamId).GetAsyncEnumerator();
            Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(
                lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped));
            var read = new List<ChatDelta>();
            while (read.Count < count && await slow.MoveNextAsync().AsTask().WaitAsync(ReadStream.Bound)) read.Add(slow.Current.Delta);
            await producing.WaitAsync(ReadStream.Bound); // the producer does not wait for the reader
            while (await slow.MoveNextAsync().AsTask().WaitAsync(ReadStream.Bound)) read.Add(slow.Current.Delta);
            Assert.Equal(expected, Show.Of(await ScriptedAnswers.ToAsync(read).CollectAsync()));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_lost_acknowledgement_of_any_write_changes_nothing(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        string expected = Show.Of(await ScriptedAnswers.ResultAsync(name));
        foreach (Fault fault in new[] { Fault.Before, Fault.After })
        {
            for (int failing = 1; failing <= deltas.Count + 1; failing += 3)
            {
                var clock = new SteppedClock();
                using var cluster = new Cluster(options => options with { TimeProvider = clock });
                ChatStreamLease lease = await cluster.BeginAsync();
                int writes = 0;
                cluster.First.OnCall = method => method is "AppendAsync" or "CompleteAsync" && ++writes == failing ? fault : Fault.None;
                Task<ReadStream> live = cluster.ReadAsync(lease.StreamId);
                ChatProducerResult result = await clock.RunAsync(cluster.FirstNode.ProduceAsync(
                    lease, stopped => cluster.PacedAsync(ScriptedAnswers.ToAsync(deltas), stopped: stopped)));
                Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
                Assert.Equal(expected, Show.Of(await (await live).CollectAsync()));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Records_that_the_store_loses_are_appended_again(string name)
    {
        List<ChatDelta> deltas = await ScriptedAnswers.DeltasAsync(name);
        string expected = Show.Of(await ScriptedAnswers.ResultAsync(name));
        int gaps = 0;
        for (int count = 2; count < deltas.Count; count++)
        {
            using var cluster = new Cluster();
            ChatStreamLease lease = await cluster.BeginAsync();
            Task<ReadStream> live = cluster.ReadAsync(lease.StreamId);
            ChatProducerResult result = await cluster.FirstNode.ProduceAsync(
                lease, stopped => cluster.PacedAsync(LoseAsync(), stopped: stopped)).WaitAsync(ReadStream.Bound);
            Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Complete), (result.Ending, result.Verdict));
            ReadStream late = await cluster.ReadAsync(lease.StreamId);
            Assert.Null(late.Failure);
            Assert.Equal(expected, Show.Of(await late.CollectAsync()));

            // A reader that has seen what was lost must be told; one that has not must have everything.
            ReadStream read = await live;
            if (read.Failure is null)
            {
                Assert.Equal(expected, Show.Of(await read.CollectAsync()));
                continue;
            }

            gaps++;
            var failure = Assert.IsType<ChatStreamException>(read.Failure);
            Assert.Equal(ChatStreamRelayError.PositionLost, Assert.IsType<ChatStreamRelayException>(failure.InnerException).Error);

            async IAsyncEnumerable<ChatDelta> LoseAsync()
            {
                for (int i = 0; i < deltas.Count; i++)
                {
                    if (i == count) cluster.Store.LoseRecords(lease.StreamId, 2);
                    await Task.Yield();
                    yield return deltas[i];
                }
            }
        }

        output.WriteLine($"{name}: records lost at {deltas.Count - 2} places; {gaps} live readers got a gap, the others everything");
    }
}
