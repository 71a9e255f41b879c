using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Reading and being woken.</summary>
internal static class ReadCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("Reading continues strictly after each position", "M15", StrictlyAfter),
        Case("Pages are bounded, and have at least one record", "M15", Pages),
        Case("The end comes with the last record, and again after it", "M15", EndAfterLast),
        Case("A position that the stream does not have is a gap", "M16", ForeignPositions),
        Case("Readers that read while records are appended get each record once", "M15", ReadsWhileAppending),
        Case("Readers are woken by an append, by the end, and by a takeover", "M17", Signals),
        Case("A signal between two waits is remembered", "M17", SignalIsRemembered),
        Case("Waiting for a signal can be cancelled, and goes on afterwards", "M17", WaitCanBeCancelled),
    ];

    private static async Task StrictlyAfter(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(10).ConfigureAwait(false);
        for (int i = 0; i <= 10; i++)
        {
            (List<ChatStreamRecord> records, _) =
                await test.ReadAllAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, i)).ConfigureAwait(false);
            ExpectRecords(records, i + 1, 10 - i);
            (records, _) = await test.ReadAllAsync(lease.StreamId, new ChatStreamPosition("", i)).ConfigureAwait(false);
            ExpectRecords(records, i + 1, 10 - i);
        }
    }

    private static async Task Pages(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(100).ConfigureAwait(false);
        ChatStreamPage page = await test.Store.ReadAsync(lease.StreamId, default, maxBytes: 1).ConfigureAwait(false);
        ExpectEqual(1, page.Records.Count);
        ExpectEqual(100, page.LastSequence);
        page = await test.Store.ReadAsync(lease.StreamId, default, maxBytes: 50).ConfigureAwait(false);
        long bytes = page.Records.SkipLast(1).Sum(record => (long)record.Data.Length);
        Expect(page.Records.Count is > 1 and < 100 && bytes < 50, $"A page of 50 bytes has {page.Records.Count} records.");
        ExpectRecords((await test.ReadAllAsync(lease.StreamId, pageBytes: 1).ConfigureAwait(false)).Records, 1, 100);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId, pageBytes: 50).ConfigureAwait(false)).Records, 1, 100);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId, pageBytes: 1_000_000).ConfigureAwait(false)).Records, 1, 100);
    }

    private static async Task EndAfterLast(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.CompletedAsync(lease, 3).ConfigureAwait(false);
        ChatStreamPage page = await test.Store.ReadAsync(lease.StreamId, default, maxBytes: 1).ConfigureAwait(false);
        Expect(page.End is null, "The first of two records is not the last.");
        page = await test.Store.ReadAsync(lease.StreamId, page.Records[0].Position, maxBytes: 1).ConfigureAwait(false);
        Expect(page.Records.Count == 1 && page.End is not null, "The end comes with the last record.");
        page = await test.Store.ReadAsync(lease.StreamId, page.Records[0].Position, maxBytes: 1).ConfigureAwait(false);
        Expect(page.Records.Count == 0 && page.End is not null, "A reader that has everything gets the end.");
    }

    private static async Task ForeignPositions(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        var beyond = new ChatStreamPosition(lease.Epoch, 3);
        ExpectEqual<ChatStreamGap?>(ChatStreamGap.PositionLost, await test.GapAsync(lease.StreamId, beyond).ConfigureAwait(false));
        var foreign = new ChatStreamPosition("otherepoch", 1);
        ExpectEqual<ChatStreamGap?>(ChatStreamGap.PositionLost, await test.GapAsync(lease.StreamId, foreign).ConfigureAwait(false));
        ExpectEqual<ChatStreamGap?>(
            ChatStreamGap.PositionLost, await test.GapAsync(lease.StreamId, new ChatStreamPosition("", 3)).ConfigureAwait(false));
        ExpectEqual<ChatStreamGap?>(
            ChatStreamGap.PositionLost, await test.GapAsync(lease.StreamId, new ChatStreamPosition("", -1)).ConfigureAwait(false));
        ExpectEqual(null, await test.GapAsync(lease.StreamId, new ChatStreamPosition(lease.Epoch, 2)).ConfigureAwait(false));
    }

    private static async Task ReadsWhileAppending(StoreTest test)
    {
        const int Count = 300;
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        Task<int>[] readers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(ReadAsync))];
        for (int i = 1; i < Count; i += 3) await test.AppendedAsync(lease, i, 3).ConfigureAwait(false);
        await test.CompletedAsync(lease, Count + 1).ConfigureAwait(false);
        foreach (int read in await Task.WhenAll(readers).ConfigureAwait(false)) ExpectEqual(Count, read);

        async Task<int> ReadAsync()
        {
            IChatStreamSubscription subscription =
                await test.OtherNode.SubscribeAsync(lease.StreamId, ChatStreamSignals.Records).ConfigureAwait(false);
            await using var _ = subscription.ConfigureAwait(false);
            ChatStreamPosition after = default;
            while (true)
            {
                ChatStreamPage page = await test.OtherNode.ReadAsync(lease.StreamId, after, 200).ConfigureAwait(false);
                ExpectEqual(null, page.Gap);
                foreach (ChatStreamRecord record in page.Records)
                {
                    ExpectEqual(after.Sequence + 1, record.Position.Sequence);
                    after = record.Position;
                }

                if (page.End is not null) return (int)after.Sequence;
                if (page.LastSequence == after.Sequence)
                    await SignalledAsync(subscription.WaitAsync(), "an append").ConfigureAwait(false);
            }
        }
    }

    private static async Task Signals(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        IChatStreamSubscription subscription =
            await test.OtherNode.SubscribeAsync(lease.StreamId, ChatStreamSignals.Records).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            Task wait = subscription.WaitAsync();
            await test.AppendedAsync(lease, 1, 1).ConfigureAwait(false);
            await SignalledAsync(wait, "an append").ConfigureAwait(false);
            await test.ExpireLeaseAsync().ConfigureAwait(false);
            wait = subscription.WaitAsync();
            ChatStreamLease next = await test.TakenOverAsync(lease).ConfigureAwait(false);
            await SignalledAsync(wait, "a takeover").ConfigureAwait(false);
            wait = subscription.WaitAsync();
            await test.CompletedAsync(next, 2).ConfigureAwait(false);
            await SignalledAsync(wait, "the end").ConfigureAwait(false);
        }
    }

    private static async Task SignalIsRemembered(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        IChatStreamSubscription subscription =
            await test.OtherNode.SubscribeAsync(lease.StreamId, ChatStreamSignals.Records).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            await test.AppendedAsync(lease, 1, 1).ConfigureAwait(false);
            await SignalledAsync(subscription.WaitAsync(), "an append before the wait").ConfigureAwait(false);
        }
    }

    private static async Task WaitCanBeCancelled(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        IChatStreamSubscription subscription =
            await test.OtherNode.SubscribeAsync(lease.StreamId, ChatStreamSignals.Records).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            using var cancellation = new CancellationTokenSource();
            Task wait = subscription.WaitAsync(cancellation.Token);
            await cancellation.CancelAsync().ConfigureAwait(false);
            await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Expect(wait.IsCanceled, "The wait is cancelled.");
            await test.AppendedAsync(lease, 1, 1).ConfigureAwait(false);
            await SignalledAsync(subscription.WaitAsync(), "an append after a cancelled wait").ConfigureAwait(false);
        }
    }
}
