using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Stopping from any node.</summary>
internal static class StopCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("A producer sees a stop with its next append and with its next renewal", "M18", SeenByProducer),
        Case("A producer is woken by a stop", "M17, M18", WakesProducer),
        Case("A stop that was accepted takes effect although the answer is complete", "M19", StopBeforeEnd),
        Case("An error remains an error although a stop was requested", "M19", StopBeforeError),
        Case("A stop after the end does nothing", "M18", StopAfterEnd),
        Case("A stop for an earlier epoch does nothing", "M18", StopOfEarlierEpoch),
        Case("A stop of a stream whose producer is gone ends it", "M18", StopOfAbandoned),
        Case("A stream that was stopped is not continued", "M19", StopBeforeTakeOver),
        Case("A stop that comes before its stream prevents it, for a while", "M20", StopBeforeBegin),
        Case("A stop by digest stops the stream that has begun", "M20", StopByDigest),
    ];

    private static async Task SeenByProducer(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        ChatStreamWriteResult append = await test.AppendedAsync(lease, 1, 1).ConfigureAwait(false);
        Expect(!append.IsStopRequested, "Nobody has stopped it.");
        ExpectEqual(ChatStreamStopOutcome.Requested, await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false));
        Expect((await test.Store.RenewAsync(lease).ConfigureAwait(false)).IsStopRequested, "A renewal says that a stop was requested.");
        append = await test.AppendedAsync(lease, 2, 1).ConfigureAwait(false);
        Expect(append.IsStopRequested, "An append says that a stop was requested, and stores its records.");
        ExpectEqual(ChatStreamStopOutcome.Requested, await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false));
        await test.CompletedAsync(lease, 3, verdict: ChatStreamVerdict.Canceled).ConfigureAwait(false);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 2);
    }

    private static async Task WakesProducer(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        IChatStreamSubscription subscription =
            await test.Store.SubscribeAsync(lease.StreamId, ChatStreamSignals.Stop).ConfigureAwait(false);
        await using (subscription.ConfigureAwait(false))
        {
            Task wait = subscription.WaitAsync();
            await test.OtherNode.RequestStopAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
            await SignalledAsync(wait, "a stop").ConfigureAwait(false);
        }
    }

    private static async Task StopBeforeEnd(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false);
        for (int i = 0; i < 2; i++)
        {
            ChatStreamWriteResult end =
                await test.Store.CompleteAsync(lease, 1, Records(1, 1), End(ChatStreamVerdict.Complete)).ConfigureAwait(false);
            ExpectEqual(ChatStreamWriteOutcome.Written, end.Outcome);
            ExpectEqual<ChatStreamVerdict?>(ChatStreamVerdict.Canceled, end.Verdict);
        }

        (List<ChatStreamRecord> records, ChatStreamEnd? recorded) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 1);
        ExpectEqual(ChatStreamVerdict.Canceled, recorded!.Verdict);
    }

    private static async Task StopBeforeError(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false);
        await test.CompletedAsync(lease, 1, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
    }

    private static async Task StopAfterEnd(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        await test.CompletedAsync(lease, 1).ConfigureAwait(false);
        ExpectEqual(ChatStreamStopOutcome.Ended, await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false));
        ExpectEqual<ChatStreamVerdict?>(
            ChatStreamVerdict.Complete, (await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).Verdict);
        ExpectEqual(ChatStreamStopOutcome.NotFound, await test.Store.RequestStopAsync("nosuchstream0000000000000").ConfigureAwait(false));
    }

    private static async Task StopOfEarlierEpoch(StoreTest test)
    {
        ChatStreamLease first = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamLease second = await test.TakenOverAsync(first).ConfigureAwait(false);
        ExpectEqual(
            ChatStreamStopOutcome.EpochChanged, await test.Store.RequestStopAsync(first.StreamId, first.Epoch).ConfigureAwait(false));
        Expect(!(await test.AppendedAsync(second, 2, 1).ConfigureAwait(false)).IsStopRequested, "The stop did nothing.");
        ExpectEqual(
            ChatStreamStopOutcome.Requested, await test.Store.RequestStopAsync(first.StreamId, second.Epoch).ConfigureAwait(false));
        Expect((await test.AppendedAsync(second, 3, 1).ConfigureAwait(false)).IsStopRequested, "The stop was requested.");
    }

    private static async Task StopOfAbandoned(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ExpectEqual(ChatStreamStopOutcome.Canceled, await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false));
        (List<ChatStreamRecord> records, ChatStreamEnd? end) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 2);
        ExpectEqual(ChatStreamVerdict.Canceled, end!.Verdict);
        Expect(end.Data.IsEmpty, "An end that the store wrote has no details.");
        ExpectEqual(ChatStreamWriteOutcome.Ended, (await test.Store.AppendAsync(lease, 3, Records(3, 1)).ConfigureAwait(false)).Outcome);
        Expect((await test.Store.FindAbandonedAsync(10).ConfigureAwait(false)).Count == 0, "It needs no other producer.");
    }

    private static async Task StopBeforeTakeOver(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.OtherNode.RequestStopAsync(lease.StreamId).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        Expect((await test.Store.FindAbandonedAsync(10).ConfigureAwait(false)).Count == 1, "It is found, so that it ends.");
        ChatStreamTakeoverResult taken = await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
        ExpectEqual(ChatStreamTakeoverOutcome.Canceled, taken.Outcome);
        Expect(taken.Lease is null, "Nobody continues it.");
        ExpectEqual<ChatStreamVerdict?>(
            ChatStreamVerdict.Canceled, (await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).Verdict);
        taken = await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
        ExpectEqual(ChatStreamTakeoverOutcome.Ended, taken.Outcome);
    }

    private static async Task StopBeforeBegin(StoreTest test)
    {
        ExpectEqual(ChatStreamStopOutcome.Prevented, await test.OtherNode.RequestStopAsync("o1", "c1", "d1").ConfigureAwait(false));
        for (int i = 0; i < 2; i++)
            ExpectEqual(ChatStreamBeginOutcome.Stopped, (await test.BeginAsync().ConfigureAwait(false)).Outcome);
        ExpectEqual(null, await test.Store.FindAsync("o1", "c1").ConfigureAwait(false));
        await test.BegunAsync(owner: "o2").ConfigureAwait(false);
        await test.BegunAsync(digest: "d2").ConfigureAwait(false);
        await test.AdvanceAsync(test.Options.StopRetention + Slack(test.Options.StopRetention)).ConfigureAwait(false);
        await test.BegunAsync().ConfigureAwait(false);
    }

    private static async Task StopByDigest(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        ExpectEqual(ChatStreamStopOutcome.Requested, await test.OtherNode.RequestStopAsync("o1", "c1", "d1").ConfigureAwait(false));
        Expect((await test.AppendedAsync(lease, 1, 1).ConfigureAwait(false)).IsStopRequested, "The producer sees it.");
        await test.CompletedAsync(lease, 2, verdict: ChatStreamVerdict.Canceled).ConfigureAwait(false);
        ExpectEqual(ChatStreamStopOutcome.Ended, await test.OtherNode.RequestStopAsync("o1", "c1", "d1").ConfigureAwait(false));
    }
}
