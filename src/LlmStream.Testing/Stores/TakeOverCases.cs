using System.Text;
using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Taking over a stream whose producer is gone.</summary>
internal static class TakeOverCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("A stream is taken over only after its lease has expired, and from the epoch that was seen", "M21", OnlyIfExpired),
        Case("A takeover that is repeated returns the same lease, and counts once", "M10, M23", RepeatedTakeOver),
        Case("Of many nodes that take over at once, one does", "M21", ConcurrentTakeOver),
        Case("The producer that was replaced can write nothing", "M14", OldProducerIsFenced),
        Case("Sequence numbers continue, and earlier positions stay valid", "M22", SequenceContinues),
        Case("A stream is taken over a limited number of times to be continued, and then to be ended", "M23", Limited),
        Case("A lease that was released can be taken over at once", "M24", Released),
        Case("Streams that are handed over do not count as taken over", "M23, M24", HandedOver),
        Case("The stored request is returned to the node that takes over", "M26", ReturnsRequest),
        Case("Streams whose producers are gone are listed, and only those", "M27", ListsAbandoned),
    ];

    private static async Task OnlyIfExpired(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        ExpectEqual(ChatStreamTakeoverOutcome.LeaseHeld, await TryAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false));
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ExpectEqual(ChatStreamTakeoverOutcome.EpochChanged, await TryAsync(lease.StreamId, "otherepoch").ConfigureAwait(false));
        ExpectEqual(ChatStreamTakeoverOutcome.Taken, await TryAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false));
        ExpectEqual(ChatStreamTakeoverOutcome.EpochChanged, await TryAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false));
        ChatStreamStatus status = await test.StatusAsync(lease.StreamId).ConfigureAwait(false);
        ExpectEqual(ChatStreamTakeoverOutcome.LeaseHeld, await TryAsync(lease.StreamId, status.Epoch).ConfigureAwait(false));
        ExpectEqual(1, status.TakeoverCount);
        ExpectEqual(ChatStreamTakeoverOutcome.NotFound, await TryAsync("nosuchstream0000000000000", "otherepoch").ConfigureAwait(false));

        async ValueTask<ChatStreamTakeoverOutcome> TryAsync(string id, string epoch) =>
            (await test.TryTakeOverAsync(id, epoch).ConfigureAwait(false)).Outcome;
    }

    private static async Task RepeatedTakeOver(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.Store.SetRequestAsync(lease, Record(9)).ConfigureAwait(false);
        for (int takeOver = 1; takeOver <= test.Options.MaxTakeovers + 1; takeOver++)
        {
            await test.ExpireLeaseAsync().ConfigureAwait(false);
            string epoch = NewEpoch();
            for (int i = 0; i < 3; i++)
            {
                ChatStreamTakeoverResult taken =
                    await test.TryTakeOverAsync(lease.StreamId, lease.Epoch, epoch).ConfigureAwait(false);
                ExpectEqual(ChatStreamTakeoverOutcome.Taken, taken.Outcome);
                ExpectEqual(epoch, taken.Lease?.Epoch);
                ExpectEqual(2, taken.Lease?.LastSequence);
                ExpectEqual(takeOver <= test.Options.MaxTakeovers, taken.MayContinue);
                Expect(taken.Request.Span.SequenceEqual(Record(9).Span), "The request is returned again.");
            }

            ChatStreamTakeoverResult other = await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
            ExpectEqual(ChatStreamTakeoverOutcome.EpochChanged, other.Outcome);
            ChatStreamStatus status = await test.StatusAsync(lease.StreamId).ConfigureAwait(false);
            ExpectEqual(Math.Min(takeOver, test.Options.MaxTakeovers), status.TakeoverCount);
            lease = lease with { Epoch = epoch };
        }
    }

    private static async Task ConcurrentTakeOver(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamTakeoverResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() =>
        {
            IChatStreamStore node = i % 2 == 0 ? test.Store : test.OtherNode;
            return test.TryTakeOverAsync(lease.StreamId, lease.Epoch, node: node).AsTask();
        }))).ConfigureAwait(false);
        ExpectEqual(1, results.Count(result => result.Outcome == ChatStreamTakeoverOutcome.Taken));
        ExpectEqual(15, results.Count(result => result.Outcome == ChatStreamTakeoverOutcome.EpochChanged));
    }

    private static async Task OldProducerIsFenced(StoreTest test)
    {
        ChatStreamLease old = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamLease next = await test.TakenOverAsync(old).ConfigureAwait(false);
        ExpectEqual(2, next.LastSequence);
        await FencedAsync().ConfigureAwait(false);
        await test.AppendedAsync(next, 3, 2).ConfigureAwait(false);
        await FencedAsync().ConfigureAwait(false);
        await test.CompletedAsync(next, 5).ConfigureAwait(false);
        await FencedAsync().ConfigureAwait(false);
        ExpectRecords((await test.ReadAllAsync(old.StreamId).ConfigureAwait(false)).Records, 1, 4);

        async ValueTask FencedAsync()
        {
            for (long first = 2; first <= 6; first++) // an append that is repeated, the next one, and one with a gap
                Fenced(await test.Store.AppendAsync(old, first, Records(first, 1, " of the old producer")).ConfigureAwait(false));
            Fenced(await test.Store.CompleteAsync(old, 3, [], End(ChatStreamVerdict.Error)).ConfigureAwait(false));
            Fenced(await test.Store.CompleteAsync(old, 5, [], End(ChatStreamVerdict.Error)).ConfigureAwait(false));
            Fenced(await test.Store.RenewAsync(old).ConfigureAwait(false));
            Fenced(await test.Store.ReleaseAsync(old).ConfigureAwait(false));
            Fenced(await test.Store.SetRequestAsync(old, Record(1)).ConfigureAwait(false));
            ExpectEqual(null, await test.Store.RestartEpochAsync(old, "newepoch01").ConfigureAwait(false));
        }

        static void Fenced(ChatStreamWriteResult result) => ExpectEqual(ChatStreamWriteOutcome.Fenced, result.Outcome);
    }

    private static async Task SequenceContinues(StoreTest test)
    {
        ChatStreamLease first = await test.BegunWithAsync(3).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamLease second = await test.TakenOverAsync(first).ConfigureAwait(false);
        Expect(second.StreamId == first.StreamId && second.Epoch != first.Epoch, "The stream is the same, the epoch is not.");
        await test.AppendedAsync(second, 4, 3).ConfigureAwait(false);
        (List<ChatStreamRecord> records, _) = await test.ReadAllAsync(first.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 6);
        Expect(records.Take(3).All(record => record.Position.Epoch == first.Epoch), "Earlier records keep their positions.");
        Expect(records.Skip(3).All(record => record.Position.Epoch == second.Epoch), "Later records have the new epoch.");
        for (int i = 0; i < 6; i++)
            ExpectRecords((await test.ReadAllAsync(first.StreamId, records[i].Position).ConfigureAwait(false)).Records, i + 2, 5 - i);

        // A record that the old producer never appended.
        ExpectEqual<ChatStreamGap?>(
            ChatStreamGap.PositionLost,
            await test.GapAsync(first.StreamId, new ChatStreamPosition(first.Epoch, 4)).ConfigureAwait(false));
    }

    private static async Task Limited(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        for (int i = 0; i < test.Options.MaxTakeovers + 2; i++)
        {
            await test.ExpireLeaseAsync().ConfigureAwait(false);
            ChatStreamTakeoverResult taken = await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
            ExpectEqual(ChatStreamTakeoverOutcome.Taken, taken.Outcome);
            ExpectEqual(i < test.Options.MaxTakeovers, taken.MayContinue);
            lease = taken.Lease!;
        }

        ChatStreamStatus status = await test.StatusAsync(lease.StreamId).ConfigureAwait(false);
        ExpectEqual(test.Options.MaxTakeovers, status.TakeoverCount);
        await test.CompletedAsync(lease, 2, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
    }

    private static async Task Released(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Written, (await test.Store.ReleaseAsync(lease).ConfigureAwait(false)).Outcome);
        Expect((await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).IsLeaseExpired, "The lease has expired.");
        ExpectEqual(1, (await test.OtherNode.FindAbandonedAsync(10).ConfigureAwait(false)).Count);
        ChatStreamLease next = await test.TakenOverAsync(lease).ConfigureAwait(false);
        await test.AppendedAsync(next, 2, 1).ConfigureAwait(false);
    }

    private static async Task HandedOver(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        int count = 0;
        for (int i = 0; i < test.Options.MaxTakeovers; i++)
        {
            lease = await HandOverAsync(lease, mayContinue: true).ConfigureAwait(false);
            await test.ExpireLeaseAsync().ConfigureAwait(false);
            lease = await TakeOverAsync(lease, mayContinue: true, ++count).ConfigureAwait(false);
            lease = await HandOverAsync(lease, mayContinue: true).ConfigureAwait(false);
        }

        // Renewing the lease cancels the release, and a producer that may only end the stream cannot hand over more than that.
        await test.Store.ReleaseAsync(lease).ConfigureAwait(false);
        await test.Store.RenewAsync(lease).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        lease = await TakeOverAsync(lease, mayContinue: false, count).ConfigureAwait(false);
        await HandOverAsync(lease, mayContinue: false).ConfigureAwait(false);

        async ValueTask<ChatStreamLease> HandOverAsync(ChatStreamLease held, bool mayContinue)
        {
            ExpectEqual(ChatStreamWriteOutcome.Written, (await test.Store.ReleaseAsync(held).ConfigureAwait(false)).Outcome);
            return await TakeOverAsync(held, mayContinue, count).ConfigureAwait(false);
        }

        async ValueTask<ChatStreamLease> TakeOverAsync(ChatStreamLease seen, bool mayContinue, int expectedCount)
        {
            ChatStreamTakeoverResult taken = await test.TryTakeOverAsync(seen.StreamId, seen.Epoch).ConfigureAwait(false);
            ExpectEqual(ChatStreamTakeoverOutcome.Taken, taken.Outcome);
            ExpectEqual(mayContinue, taken.MayContinue);
            ExpectEqual(expectedCount, (await test.StatusAsync(seen.StreamId).ConfigureAwait(false)).TakeoverCount);
            return taken.Lease!;
        }
    }

    private static async Task ReturnsRequest(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        byte[] request = Encoding.UTF8.GetBytes("the protected request");
        ExpectEqual(ChatStreamWriteOutcome.Written, (await test.Store.SetRequestAsync(lease, request).ConfigureAwait(false)).Outcome);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamTakeoverResult taken = await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
        Expect(taken.Request.Span.SequenceEqual(request), "The request is returned byte for byte.");

        ChatStreamLease without = await test.BegunAsync("c2").ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        taken = await test.TryTakeOverAsync(without.StreamId, without.Epoch).ConfigureAwait(false);
        Expect(taken.Request.IsEmpty, "There is no request.");
    }

    private static async Task ListsAbandoned(StoreTest test)
    {
        ChatStreamLease first = await test.BegunAsync().ConfigureAwait(false);
        ChatStreamLease second = await test.BegunAsync("c2").ConfigureAwait(false);
        ChatStreamLease ended = await test.BegunAsync("c3").ConfigureAwait(false);
        await test.CompletedAsync(ended, 1).ConfigureAwait(false);
        ExpectEqual(0, (await test.OtherNode.FindAbandonedAsync(10).ConfigureAwait(false)).Count);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        await test.BegunAsync("c4").ConfigureAwait(false);
        await test.Store.RenewAsync(second).ConfigureAwait(false);
        IReadOnlyList<ChatStreamStatus> abandoned = await test.OtherNode.FindAbandonedAsync(10).ConfigureAwait(false);
        ExpectEqual(1, abandoned.Count);
        ExpectEqual(first.StreamId, abandoned[0].StreamId);
        ExpectEqual(first.Epoch, abandoned[0].Epoch);
        Expect(abandoned[0].IsLeaseExpired, "Its lease has expired.");
        await test.TakenOverAsync(first).ConfigureAwait(false);
        ExpectEqual(0, (await test.OtherNode.FindAbandonedAsync(10).ConfigureAwait(false)).Count);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ExpectEqual(2, (await test.OtherNode.FindAbandonedAsync(2).ConfigureAwait(false)).Count);
        ExpectEqual(3, (await test.OtherNode.FindAbandonedAsync(10).ConfigureAwait(false)).Count);
    }
}
