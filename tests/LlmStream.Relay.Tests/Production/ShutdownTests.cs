using System.Runtime.CompilerServices;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Tests.Production;

/// <summary>The process ends while it produces an answer.</summary>
public class ShutdownTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_source_that_ends_normally_when_it_is_cancelled_is_not_complete(bool canBeContinued)
    {
        using var cluster = new Cluster();
        using var shutdown = new CancellationTokenSource();
        ChatStreamLease lease = await cluster.BeginAsync();
        ChatStoredRequest? request = canBeContinued ? new() { Messages = [new(ChatRole.User, "?")] } : null;
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, WhileAsync, request, shutdown.Token);
        await cluster.First.WaitForRecordAsync(1);
        await shutdown.CancelAsync();
        ChatProducerResult result = await producing.WaitAsync(ReadStream.Bound);
        ChatStreamVerdict? verdict = (await cluster.Store.GetStatusAsync(lease.StreamId))!.Verdict;
        if (canBeContinued) Assert.Equal((ChatProducerEnding.HandedOver, null), (result.Ending, verdict));
        else Assert.Equal((ChatProducerEnding.Ended, ChatStreamVerdict.Error), (result.Ending, verdict));
    }

    [Fact]
    public async Task A_source_that_ends_normally_when_it_is_stopped_is_cancelled()
    {
        using var cluster = new Cluster();
        ChatStreamLease lease = await cluster.BeginAsync();
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, WhileAsync);
        await cluster.First.WaitForRecordAsync(1);
        await cluster.Store.RequestStopAsync(lease.StreamId);
        Assert.Equal(ChatStreamVerdict.Canceled, (await producing.WaitAsync(ReadStream.Bound)).Verdict);
        Assert.IsType<ChatStreamCanceledException>((await cluster.ReadAsync(lease.StreamId)).Failure);
    }

    [Fact]
    public async Task A_stream_that_was_taken_over_before_it_was_released_is_handed_over()
    {
        using var cluster = new Cluster();
        using var shutdown = new CancellationTokenSource();
        ChatStreamLease lease = await cluster.BeginAsync();
        cluster.First.OnCall = method =>
        {
            if (method != "ReleaseAsync") return Fault.None;
            cluster.ExpireLeases();
            Assert.NotNull(cluster.Store.TryTakeOverAsync(lease.StreamId, lease.Epoch, "otherepoch").Result.Lease);
            return Fault.None;
        };
        ChatStoredRequest request = new() { Messages = [new(ChatRole.User, "?")] };
        Task<ChatProducerResult> producing = cluster.FirstNode.ProduceAsync(lease, WhileAsync, request, shutdown.Token);
        await cluster.First.WaitForRecordAsync(1);
        await shutdown.CancelAsync();
        Assert.Equal(ChatProducerEnding.HandedOver, (await producing.WaitAsync(ReadStream.Bound)).Ending);
    }

    private static async IAsyncEnumerable<ChatDelta> WhileAsync([EnumeratorCancellation] CancellationToken stopped)
    {
        yield return new ChatDelta { Text = "a" };
        while (!stopped.IsCancellationRequested)
            await Task.Delay(Timeout.Infinite, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
