using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Appending and ending.</summary>
internal static class WriteCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("Records are kept in order, without gaps, and byte for byte", "M9", Appends),
        Case("A repeated append has no effect", "M10", RepeatedAppend),
        Case("An append that overlaps what is stored adds only the rest", "M10", OverlappingAppend),
        Case("An append that would leave a gap is refused", "M9", GapRefused),
        Case("The last records and the end are one step", "M11", Completes),
        Case("A repeated end has no effect, and returns the same", "M10, M11", RepeatedEnd),
        Case("Nothing is written after the end", "M11", NothingAfterEnd),
        Case("Of two different ends at once one is recorded", "M11", ConcurrentEnds),
        Case("A stream that reaches its limit refuses records, is not trimmed, and can be ended", "M12", Limit),
        Case("An expired lease alone fences nobody", "M14", ExpiredLeaseMayWrite),
        Case("The lease is renewed by appending, and by renewing", "M13", Renewal),
        Case("A result says how long nobody has read", "M25", SinceLastReader),
    ];

    private static async Task Appends(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        byte[] large = new byte[Math.Min(20_000, test.Options.MaxStreamBytes / 2)];
        new Random(1).NextBytes(large);
        await test.Store.AppendAsync(lease, 1, [all, large]).ConfigureAwait(false);
        await test.AppendedAsync(lease, 3, 1).ConfigureAwait(false);
        (List<ChatStreamRecord> records, ChatStreamEnd? end) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectEqual(3, records.Count);
        Expect(records[0].Data.Span.SequenceEqual(all) && records[1].Data.Span.SequenceEqual(large), "Records are kept byte for byte.");
        Expect(records.All(record => record.Position.Epoch == lease.Epoch), "Records have the epoch of their producer.");
        Expect(end is null, "The stream has not ended.");
        ExpectEqual(3, (await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).LastSequence);
    }

    private static async Task RepeatedAppend(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(3).ConfigureAwait(false);
        ChatStreamWriteResult again = await test.Store.AppendAsync(lease, 2, Records(2, 2)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Written, again.Outcome);
        ExpectEqual(3, again.LastSequence);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 3);
    }

    private static async Task OverlappingAppend(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(3).ConfigureAwait(false);
        ChatStreamWriteResult result = await test.Store.AppendAsync(lease, 2, Records(2, 4)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Written, result.Outcome);
        ExpectEqual(5, result.LastSequence);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 5);
    }

    private static async Task GapRefused(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        ChatStreamWriteResult result = await test.Store.AppendAsync(lease, 4, Records(4, 1)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Lost, result.Outcome);
        ExpectEqual(2, result.LastSequence);
        ChatStreamWriteResult end = await test.Store.CompleteAsync(lease, 4, [], End(ChatStreamVerdict.Complete)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Lost, end.Outcome);
        ExpectEqual(null, (await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).Verdict);
        await test.AppendedAsync(lease, 3, 1).ConfigureAwait(false);
    }

    private static async Task Completes(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.CompletedAsync(lease, 3, count: 2).ConfigureAwait(false);
        (List<ChatStreamRecord> records, ChatStreamEnd? end) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 4);
        ExpectEqual(ChatStreamVerdict.Complete, end!.Verdict);
        Expect(end.Data.Span.SequenceEqual(End(ChatStreamVerdict.Complete).Data.Span), "The details of the end are kept.");
        ChatStreamStatus status = await test.StatusAsync(lease.StreamId).ConfigureAwait(false);
        ExpectEqual<ChatStreamVerdict?>(ChatStreamVerdict.Complete, status.Verdict);
        Expect(!status.IsLeaseExpired, "A stream that has ended needs no lease.");

        // A stream may end without a record.
        ChatStreamLease empty = await test.BegunAsync("c2").ConfigureAwait(false);
        await test.CompletedAsync(empty, 1, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
        (records, end) = await test.ReadAllAsync(empty.StreamId).ConfigureAwait(false);
        ExpectEqual(0, records.Count);
        ExpectEqual(ChatStreamVerdict.Error, end!.Verdict);
    }

    private static async Task RepeatedEnd(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        for (int i = 0; i < 3; i++)
        {
            ChatStreamWriteResult end =
                await test.Store.CompleteAsync(lease, 2, Records(2, 1), End(ChatStreamVerdict.Complete)).ConfigureAwait(false);
            ExpectEqual(ChatStreamWriteOutcome.Written, end.Outcome);
            ExpectEqual<ChatStreamVerdict?>(ChatStreamVerdict.Complete, end.Verdict);
            ExpectEqual(2, end.LastSequence);
        }

        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 2);
    }

    private static async Task NothingAfterEnd(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.CompletedAsync(lease, 2).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Ended, (await test.Store.AppendAsync(lease, 2, Records(2, 1)).ConfigureAwait(false)).Outcome);
        ExpectEqual(ChatStreamWriteOutcome.Ended, (await test.Store.RenewAsync(lease).ConfigureAwait(false)).Outcome);
        ExpectEqual(ChatStreamWriteOutcome.Ended, (await test.Store.ReleaseAsync(lease).ConfigureAwait(false)).Outcome);
        ExpectEqual(ChatStreamWriteOutcome.Ended, (await test.Store.SetRequestAsync(lease, Record(1)).ConfigureAwait(false)).Outcome);
        ExpectEqual(null, await test.Store.RestartEpochAsync(lease, "newepoch01").ConfigureAwait(false));
        ExpectEqual(
            ChatStreamTakeoverOutcome.Ended,
            (await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false)).Outcome);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 1);
    }

    private static async Task ConcurrentEnds(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => (i % 2 == 0 ? test.Store : test.OtherNode).CompleteAsync(
            lease, 2, [], End(i % 2 == 0 ? ChatStreamVerdict.Complete : ChatStreamVerdict.Error)).AsTask()))).ConfigureAwait(false);
        ChatStreamStatus status = await test.StatusAsync(lease.StreamId).ConfigureAwait(false);
        (List<ChatStreamRecord> records, ChatStreamEnd? end) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 1);
        ExpectEqual<ChatStreamVerdict?>(end!.Verdict, status.Verdict);
        Expect(end.Data.Span.SequenceEqual(End(end.Verdict).Data.Span), "Verdict and details belong together.");
    }

    private static async Task Limit(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        var tooLarge = new byte[test.Options.MaxStreamBytes];
        ExpectEqual(ChatStreamWriteOutcome.TooLarge, (await test.Store.AppendAsync(lease, 2, [tooLarge]).ConfigureAwait(false)).Outcome);
        ChatStreamWriteResult end =
            await test.Store.CompleteAsync(lease, 2, [tooLarge], End(ChatStreamVerdict.Complete)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.TooLarge, end.Outcome);
        await test.AppendedAsync(lease, 2, 1).ConfigureAwait(false);
        await test.CompletedAsync(lease, 3, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 2);
    }

    private static async Task ExpiredLeaseMayWrite(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        Expect((await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).IsLeaseExpired, "The lease has expired.");
        await test.AppendedAsync(lease, 2, 1).ConfigureAwait(false);
        Expect(!(await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).IsLeaseExpired, "It was renewed by the append.");
        ExpectEqual(
            ChatStreamTakeoverOutcome.LeaseHeld,
            (await test.TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false)).Outcome);
    }

    private static async Task Renewal(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        TimeSpan part = test.Options.LeaseDuration * 0.6;
        for (int i = 0; i < 2; i++)
        {
            await test.AdvanceAsync(part).ConfigureAwait(false);
            ExpectEqual(ChatStreamWriteOutcome.Written, (await test.Store.RenewAsync(lease).ConfigureAwait(false)).Outcome);
            await test.AdvanceAsync(part).ConfigureAwait(false);
            Expect(!(await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).IsLeaseExpired, "It was renewed by renewing.");
            await test.AppendedAsync(lease, i + 1, 1).ConfigureAwait(false);
        }

        await test.AdvanceAsync(part).ConfigureAwait(false);
        Expect(!(await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).IsLeaseExpired, "It was renewed by appending.");
        await test.AdvanceAsync(part).ConfigureAwait(false);
        Expect((await test.StatusAsync(lease.StreamId).ConfigureAwait(false)).IsLeaseExpired, "It expires when nothing is done.");
    }

    private static async Task SinceLastReader(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        TimeSpan time = test.Options.LeaseDuration / 2;
        await test.AdvanceAsync(time).ConfigureAwait(false);
        ChatStreamWriteResult result = await test.AppendedAsync(lease, 1, 1).ConfigureAwait(false);
        Expect(result.SinceLastReader >= time, $"Nobody has read for {time}, but it says {result.SinceLastReader}.");
        await test.OtherNode.TouchAsync(lease.StreamId).ConfigureAwait(false);
        result = await test.Store.RenewAsync(lease).ConfigureAwait(false);
        Expect(result.SinceLastReader < time, $"Somebody has just read, but it says {result.SinceLastReader}.");
    }
}
