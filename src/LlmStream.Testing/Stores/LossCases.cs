using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>A store that loses records which it had acknowledged, as after a failover.</summary>
internal static class LossCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("A producer learns that records were lost, and appends them again under a new epoch", "M29", AppendsAgain),
        Case("A reader that has seen lost records gets a gap, others do not", "M16, M29", ReadersGetGap),
        Case("A producer that takes over after a loss continues after the last record that is left", "M22, M29", TakesOverAfterLoss),
        Case("A restart of the epoch can be repeated, and is no takeover", "M10, M29", RepeatedRestart),
    ];

    private static async Task AppendsAgain(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(5).ConfigureAwait(false);
        if (!await test.LoseRecordsAsync(lease.StreamId, 2).ConfigureAwait(false)) return;
        ChatStreamWriteResult lost = await test.Store.AppendAsync(lease, 6, Records(6, 1)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Lost, lost.Outcome);
        ExpectEqual(3, lost.LastSequence);
        ChatStreamLease? restarted = await test.Store.RestartEpochAsync(lease, "newepoch01").ConfigureAwait(false);
        ExpectEqual(3, restarted?.LastSequence);
        ExpectEqual("newepoch01", restarted?.Epoch);
        ExpectEqual(ChatStreamWriteOutcome.Fenced, (await test.Store.AppendAsync(lease, 4, Records(4, 1)).ConfigureAwait(false)).Outcome);
        await test.AppendedAsync(restarted!, 4, 3).ConfigureAwait(false);
        await test.CompletedAsync(restarted!, 7).ConfigureAwait(false);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 6);
    }

    private static async Task ReadersGetGap(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(5).ConfigureAwait(false);
        if (!await test.LoseRecordsAsync(lease.StreamId, 2).ConfigureAwait(false)) return;
        await CheckAsync().ConfigureAwait(false);
        ChatStreamLease? restarted = await test.Store.RestartEpochAsync(lease, "newepoch01").ConfigureAwait(false);
        await CheckAsync().ConfigureAwait(false);
        await test.AppendedAsync(restarted!, 4, 4, " again").ConfigureAwait(false);
        await CheckAsync().ConfigureAwait(false);

        async ValueTask CheckAsync()
        {
            for (int i = 0; i <= 3; i++)
                ExpectEqual(null, await test.GapAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, i)).ConfigureAwait(false));
            for (int i = 4; i <= 5; i++)
            {
                ChatStreamGap? gap = await test.GapAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, i)).ConfigureAwait(false);
                ExpectEqual<ChatStreamGap?>(ChatStreamGap.PositionLost, gap);
            }
        }
    }

    private static async Task TakesOverAfterLoss(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(5).ConfigureAwait(false);
        if (!await test.LoseRecordsAsync(lease.StreamId, 2).ConfigureAwait(false)) return;
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamLease next = await test.TakenOverAsync(lease).ConfigureAwait(false);
        ExpectEqual(3, next.LastSequence);
        await test.AppendedAsync(next, 4, 2).ConfigureAwait(false);
        ExpectEqual<ChatStreamGap?>(
            ChatStreamGap.PositionLost,
            await test.GapAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, 5)).ConfigureAwait(false));
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 5);
    }

    private static async Task RepeatedRestart(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        for (int i = 0; i < 2; i++)
        {
            ChatStreamLease? restarted = await test.Store.RestartEpochAsync(lease, "newepoch01").ConfigureAwait(false);
            ExpectEqual("newepoch01", restarted?.Epoch);
            ExpectEqual(2, restarted?.LastSequence);
        }

        ExpectEqual(null, await test.Store.RestartEpochAsync(lease, "newepoch02").ConfigureAwait(false));
        ExpectEqual(0, (await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).TakeoverCount);
        ExpectEqual(null, await test.GapAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, 2)).ConfigureAwait(false));
    }
}
