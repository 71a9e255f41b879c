using LlmStream.Relay.Tests.Fakes;

namespace LlmStream.Relay.Tests.TakeOver;

/// <summary>The loop that looks for streams whose producers are gone. Its clock is not that of the store.</summary>
public class TakeOverLoopTests
{
    [Theory]
    [InlineData("Before")]
    [InlineData("Hangs")]
    public async Task After_the_store_was_away_producers_get_time_to_renew_their_leases(string fault)
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        ChatStreamLease lease = await cluster.BeginAsync();
        cluster.ExpireLeases(); // while the store was away
        bool isAway = true;
        DateTimeOffset back = default;
        var taken = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.First.OnCall = method =>
        {
            if (method == "TryTakeOverAsync") taken.TrySetResult(clock.GetUtcNow() - back);
            if (!isAway) return Fault.None;
            isAway = false;
            back = clock.GetUtcNow();
            return Enum.Parse<Fault>(fault);
        };
        using var shutdown = new CancellationTokenSource();
        Task loop = cluster.FirstNode.RunTakeoversAsync(_ => null, shutdown.Token);
        TimeSpan after = await clock.RunAsync(taken.Task, TimeSpan.FromSeconds(5));
        Assert.InRange(after, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(11)); // a third of the lease
        await shutdown.CancelAsync();
        await loop.WaitAsync(ReadStream.Bound);
        Assert.NotNull(lease);
    }

    [Fact]
    public async Task A_store_that_fails_in_every_call_does_not_end_the_loop_and_a_shutdown_does()
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        using var shutdown = new CancellationTokenSource();
        int calls = 0;
        cluster.First.OnCall = _ =>
        {
            if (++calls == 20) shutdown.Cancel();
            return Fault.Before;
        };
        Task<bool> loop = RunAsync();
        Assert.True(await clock.RunAsync(loop));
        Assert.Equal(20, calls);

        async Task<bool> RunAsync()
        {
            await cluster.FirstNode.RunTakeoversAsync(_ => null, shutdown.Token);
            return true;
        }
    }

    [Fact]
    public async Task A_takeover_whose_result_is_lost_is_repeated_and_counts_once()
    {
        var clock = new SteppedClock();
        using var cluster = new Cluster(options => options with { TimeProvider = clock });
        ChatStreamLease lease = await cluster.BeginAsync();
        cluster.ExpireLeases();
        int calls = 0;
        cluster.First.OnCall = method => method == "TryTakeOverAsync" && calls++ == 0 ? Fault.After : Fault.None;
        ChatProducerResult? result = await clock.RunAsync(cluster.FirstNode.TryTakeOverAsync(lease.StreamId, lease.Epoch, _ => null));
        Assert.Equal(ChatStreamVerdict.Error, result!.Verdict);
        Assert.Equal((2, 1), (calls, (await cluster.Store.GetStatusAsync(lease.StreamId))!.TakeoverCount));
    }
}
