using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Expiry.</summary>
internal static class RetentionCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("A running stream expires when its producer does nothing, with everything that belongs to it", "M28", RunningExpires),
        Case("A renewal extends everything that belongs to the stream", "M28", RenewalExtends),
        Case("A stream is kept for its time after the end", "M28", EndedExpires),
        Case("A reader that waits when the stream expires gets a gap", "M16, M28", WaitingReader),
        Case("Nothing is left after expiry", "M28", NothingLeft),
        Case("After expiry the same request begins a new stream with a new id", "M28", BeginsAgain),
    ];

    private static async Task RunningExpires(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await ExpireAsync(test, test.Options.RunningRetention).ConfigureAwait(false);
        ExpectEqual(null, await test.OtherNode.GetStatusAsync(lease.StreamId).ConfigureAwait(false));
        ExpectEqual(null, await test.OtherNode.FindAsync("o1", "c1").ConfigureAwait(false));
        ExpectEqual<ChatStreamGap?>(ChatStreamGap.NotFound, await test.GapAsync(lease.StreamId).ConfigureAwait(false));
        ExpectEqual(ChatStreamWriteOutcome.NotFound, (await test.Store.AppendAsync(lease, 2, Records(2, 1)).ConfigureAwait(false)).Outcome);
        ChatStreamWriteResult end = await test.Store.CompleteAsync(lease, 2, [], End(ChatStreamVerdict.Complete)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.NotFound, end.Outcome);
        ExpectEqual(ChatStreamStopOutcome.NotFound, await test.Store.RequestStopAsync(lease.StreamId).ConfigureAwait(false));
        ExpectEqual(0, (await test.Store.FindAbandonedAsync(10).ConfigureAwait(false)).Count);
        ExpectEqual(
            ChatStreamTakeoverOutcome.NotFound,
            (await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false)).Outcome);
    }

    private static async Task RenewalExtends(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.Store.SetRequestAsync(lease, Record(9)).ConfigureAwait(false);
        for (int i = 0; i < 4; i++)
        {
            await test.AdvanceAsync(test.Options.RunningRetention * 0.6).ConfigureAwait(false);
            ExpectEqual(ChatStreamWriteOutcome.Written, (await test.Store.RenewAsync(lease).ConfigureAwait(false)).Outcome);
        }

        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 1);
        ExpectEqual(lease.StreamId, (await test.OtherNode.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
        ExpectEqual(ChatStreamBeginOutcome.Joined, (await test.BeginAsync().ConfigureAwait(false)).Outcome);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamTakeoverResult taken = await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
        Expect(taken.Request.Span.SequenceEqual(Record(9).Span), "The request is kept too.");
    }

    private static async Task EndedExpires(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.CompletedAsync(lease, 2).ConfigureAwait(false);
        await test.AdvanceAsync(test.Options.EndedRetention * 0.8).ConfigureAwait(false);
        (List<ChatStreamRecord> records, ChatStreamEnd? end) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 1);
        Expect(end is not null, "It has its end.");
        await test.AdvanceAsync(test.Options.EndedRetention * 0.25).ConfigureAwait(false);
        ExpectEqual<ChatStreamGap?>(ChatStreamGap.NotFound, await test.GapAsync(lease.StreamId).ConfigureAwait(false));
        ExpectEqual(null, await test.OtherNode.FindAsync("o1", "c1").ConfigureAwait(false));
    }

    private static async Task WaitingReader(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        IChatStreamSubscription subscription =
            await test.OtherNode.SubscribeAsync(lease.StreamId, ChatStreamSignals.Records).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            await ExpireAsync(test, test.Options.RunningRetention).ConfigureAwait(false);

            // A signal is not required: readers poll.
            var position = new ChatStreamPosition(lease.Epoch, 1);
            ExpectEqual<ChatStreamGap?>(ChatStreamGap.NotFound, await test.GapAsync(lease.StreamId, position).ConfigureAwait(false));
        }
    }

    private static async Task NothingLeft(StoreTest test)
    {
        long? before = await test.CountObjectsAsync().ConfigureAwait(false);
        ChatStreamLease ended = await test.BegunWithAsync(5).ConfigureAwait(false);
        await test.CompletedAsync(ended, 6).ConfigureAwait(false);
        ChatStreamLease running = await test.BegunWithAsync(5, "c2").ConfigureAwait(false);
        await test.Store.SetRequestAsync(running, Record(1)).ConfigureAwait(false);
        ChatStreamLease superseded = await test.BegunWithAsync(1, "c3").ConfigureAwait(false);
        await test.BegunAsync("c3", "d2").ConfigureAwait(false);
        await test.Store.RequestStopAsync("o1", "c4", "d1").ConfigureAwait(false);
        IChatStreamSubscription subscription =
            await test.OtherNode.SubscribeAsync(superseded.StreamId, ChatStreamSignals.Records).ConfigureAwait(false);
        await subscription.DisposeAsync().ConfigureAwait(false);
        TimeSpan[] retentions = [test.Options.RunningRetention, test.Options.EndedRetention, test.Options.StopRetention];

        // Twice: a store may remove at the second look what had not expired at the first.
        await ExpireAsync(test, retentions.Max()).ConfigureAwait(false);
        await ExpireAsync(test, retentions.Max()).ConfigureAwait(false);
        ExpectEqual(before, await test.CountObjectsAsync().ConfigureAwait(false));
    }

    private static async Task BeginsAgain(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.CompletedAsync(lease, 2).ConfigureAwait(false);
        await ExpireAsync(test, test.Options.EndedRetention).ConfigureAwait(false);
        ChatStreamLease again = await test.BegunAsync().ConfigureAwait(false);
        Expect(again.StreamId != lease.StreamId, "The id of a stream that is gone is not used again.");
        ExpectEqual<ChatStreamGap?>(ChatStreamGap.NotFound, await test.GapAsync(lease.StreamId).ConfigureAwait(false));
    }

    private static ValueTask ExpireAsync(StoreTest test, TimeSpan retention) => test.AdvanceAsync(retention + Slack(retention));
}
