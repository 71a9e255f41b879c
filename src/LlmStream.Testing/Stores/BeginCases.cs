using System.Text;
using LlmStream.Relay;
using static LlmStream.Testing.Stores.StoreTest;

namespace LlmStream.Testing.Stores;

/// <summary>Beginning and joining: what a repeated request means.</summary>
internal static class BeginCases
{
    public static IEnumerable<ChatStreamStoreCase> All =>
    [
        Case("A stream that was begun is running, and has ids of the required form", "M1", Begun),
        Case("The same request joins while its stream is running", "M4", JoinsRunning),
        Case("The same request joins after the end of its stream", "M4", JoinsEnded),
        Case("A producer that repeats its begin gets its lease again", "M10", RepeatedBegin),
        Case("A begin that is repeated late begins nothing", "M10", LateRepeatedBegin),
        Case("A begin without an epoch gets one from the store", "M1", WithoutEpoch),
        Case("A request that failed is retried by the same request", "M4", RetriesFailed),
        Case("A late repetition of an earlier turn that failed joins that turn", "M4", LateRepetitionOfFailed),
        Case("A request that starts anew begins another stream after the end, and joins before it", "M5", StartsAnew),
        Case("A request that starts anew does not join a stream that is being stopped", "M5", StartsAnewAfterStop),
        Case("Of many nodes that begin the same request at once, one begins and the others join it", "M3", ConcurrentBegin),
        Case("Another request supersedes the running stream of the conversation", "M6", Supersedes),
        Case("A superseded stream whose producer is gone ends at once", "M6, M18", SupersedesAbandoned),
        Case("A late repetition of an earlier turn joins that turn, and supersedes nothing", "M4", LateRepetition),
        Case("Conversations of different owners are different", "M2", Owners),
        Case("The latest stream of a conversation is found", "M7", FindsLatest),
        Case("A forgotten stream is not found, but can be read and joined", "M8", Forgets),
        Case("Unknown streams and conversations are not found", "M7", Unknown),
    ];

    private static async Task Begun(StoreTest test)
    {
        ChatStreamBeginResult begun = await test.BeginAsync().ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Begun, begun.Outcome);
        ChatStreamLease lease = begun.Lease!;
        Expect(lease.StreamId.Length >= 22 && lease.StreamId.All(char.IsAsciiLetterOrDigit), $"The id {lease.StreamId} has 128 bits.");
        Expect(lease.Epoch.Length is >= 7 and <= 32 && lease.Epoch.All(char.IsAsciiLetterOrDigit), $"The epoch {lease.Epoch} has 40 bits.");
        ExpectEqual(0, lease.LastSequence);
        ExpectEqual(lease.StreamId, begun.Status!.StreamId);
        ChatStreamStatus status = await test.StatusAsync(lease.StreamId).ConfigureAwait(false);
        ExpectEqual("o1", status.Owner);
        ExpectEqual("c1", status.Conversation);
        ExpectEqual("d1", status.Digest);
        ExpectEqual("metadata", Encoding.UTF8.GetString(status.Metadata.Span));
        ExpectEqual(lease.Epoch, status.Epoch);
        ExpectEqual(0, status.LastSequence);
        ExpectEqual(0, status.TakeoverCount);
        ExpectEqual(null, status.Verdict);
        Expect(!status.IsLeaseExpired && !status.IsStopRequested, "It runs, and nobody has stopped it.");
        ChatStreamLease other = await test.BegunAsync("c2").ConfigureAwait(false);
        Expect(other.StreamId != lease.StreamId && other.Epoch != lease.Epoch, "Ids are not used twice.");
    }

    private static async Task JoinsRunning(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        ChatStreamBeginResult second = await test.BeginAsync(node: test.OtherNode).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, second.Outcome);
        Expect(second.Lease is null, "A stream that was joined has no second producer.");
        ExpectEqual(lease.StreamId, second.Status!.StreamId);
        ExpectEqual(2, second.Status.LastSequence);
        await test.AppendedAsync(lease, 3, 1).ConfigureAwait(false);
    }

    private static async Task JoinsEnded(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.CompletedAsync(lease, 3).ConfigureAwait(false);
        ChatStreamBeginResult second = await test.BeginAsync(node: test.OtherNode).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, second.Outcome);
        ExpectEqual(lease.StreamId, second.Status!.StreamId);
        ExpectEqual<ChatStreamVerdict?>(ChatStreamVerdict.Complete, second.Status.Verdict);
    }

    private static async Task RepeatedBegin(StoreTest test)
    {
        ChatStreamBeginResult first = await test.BeginAsync(epoch: "epoch00001").ConfigureAwait(false);
        ExpectEqual("epoch00001", first.Lease?.Epoch);
        await test.BegunAsync("c2").ConfigureAwait(false);
        for (int i = 0; i < 2; i++)
        {
            ChatStreamBeginResult again = await test.BeginAsync(epoch: "epoch00001").ConfigureAwait(false);
            ExpectEqual(ChatStreamBeginOutcome.Begun, again.Outcome);
            ExpectEqual(first.Lease!.StreamId, again.Lease?.StreamId);
            ExpectEqual("epoch00001", again.Lease?.Epoch);
        }

        ExpectEqual(ChatStreamBeginOutcome.Joined, (await test.BeginAsync(epoch: "epoch00002").ConfigureAwait(false)).Outcome);
        await test.AppendedAsync(first.Lease!, 1, 1).ConfigureAwait(false);
        Expect((await test.StatusAsync(first.Lease!.StreamId).ConfigureAwait(false)).IsStopRequested is false, "It superseded nothing.");
    }

    private static async Task LateRepeatedBegin(StoreTest test)
    {
        ChatStreamBeginResult first = await test.BeginAsync(startsAnew: true, epoch: "epoch00001").ConfigureAwait(false);
        ChatStreamLease lease = first.Lease!;
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamLease next = await test.TakenOverAsync(lease).ConfigureAwait(false);
        await JoinsAsync().ConfigureAwait(false);
        await test.CompletedAsync(next, 1, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
        await JoinsAsync().ConfigureAwait(false);

        async ValueTask JoinsAsync()
        {
            ChatStreamBeginResult late = await test.BeginAsync(startsAnew: true, epoch: "epoch00001").ConfigureAwait(false);
            ExpectEqual(ChatStreamBeginOutcome.Joined, late.Outcome);
            Expect(late.Lease is null, "The producer has been replaced.");
            ExpectEqual(lease.StreamId, late.Status?.StreamId);
        }
    }

    private static async Task WithoutEpoch(StoreTest test)
    {
        ChatStreamBeginResult first = await test.BeginAsync(epoch: "").ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Begun, first.Outcome);
        Expect(first.Lease is { Epoch.Length: >= 7 and <= 32 }, "The store chose an epoch.");
        ExpectEqual(ChatStreamBeginOutcome.Joined, (await test.BeginAsync(epoch: "").ConfigureAwait(false)).Outcome);
    }

    private static async Task RetriesFailed(StoreTest test)
    {
        ChatStreamLease failed = await test.BegunWithAsync(2).ConfigureAwait(false);
        await test.CompletedAsync(failed, 3, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
        ChatStreamLease retry = await test.BegunAsync().ConfigureAwait(false);
        Expect(retry.StreamId != failed.StreamId, "The retry is another stream.");
        ExpectEqual(ChatStreamBeginOutcome.Joined, (await test.BeginAsync().ConfigureAwait(false)).Outcome);
        ExpectEqual(retry.StreamId, (await test.Store.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
        ExpectRecords((await test.ReadAllAsync(failed.StreamId).ConfigureAwait(false)).Records, 1, 2);
        await test.CompletedAsync(retry, 1, verdict: ChatStreamVerdict.Canceled).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, (await test.BeginAsync().ConfigureAwait(false)).Outcome);
    }

    private static async Task LateRepetitionOfFailed(StoreTest test)
    {
        ChatStreamLease failed = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.CompletedAsync(failed, 2, verdict: ChatStreamVerdict.Error).ConfigureAwait(false);
        ChatStreamLease later = await test.BegunAsync(digest: "d2").ConfigureAwait(false);
        ChatStreamBeginResult late = await test.BeginAsync().ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, late.Outcome);
        ExpectEqual(failed.StreamId, late.Status?.StreamId);
        Expect(!(await test.AppendedAsync(later, 1, 1).ConfigureAwait(false)).IsStopRequested, "The later turn goes on.");
    }

    private static async Task StartsAnew(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        ChatStreamBeginResult running = await test.BeginAsync(startsAnew: true).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, running.Outcome);
        await test.CompletedAsync(lease, 2).ConfigureAwait(false);
        ChatStreamBeginResult anew = await test.BeginAsync(startsAnew: true).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Begun, anew.Outcome);
        Expect(anew.Lease!.StreamId != lease.StreamId, "Each answer is a stream with its own id.");
        ChatStreamBeginResult repeated = await test.BeginAsync(startsAnew: true).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, repeated.Outcome);
        ExpectEqual(anew.Lease.StreamId, repeated.Status!.StreamId);
        (List<ChatStreamRecord> records, ChatStreamEnd? end) = await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false);
        ExpectRecords(records, 1, 1);
        Expect(end is not null, "The earlier stream is kept.");
    }

    private static async Task StartsAnewAfterStop(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunAsync().ConfigureAwait(false);
        ExpectEqual(ChatStreamStopOutcome.Requested, await test.Store.RequestStopAsync(lease.StreamId).ConfigureAwait(false));
        ChatStreamBeginResult anew = await test.BeginAsync(startsAnew: true).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Begun, anew.Outcome);
    }

    private static async Task ConcurrentBegin(StoreTest test)
    {
        ChatStreamBeginResult[] results = await Task.WhenAll(Enumerable.Range(0, 32).Select(
            i => Task.Run(() => test.BeginAsync(node: i % 2 == 0 ? test.Store : test.OtherNode).AsTask()))).ConfigureAwait(false);
        ExpectEqual(1, results.Count(result => result.Outcome == ChatStreamBeginOutcome.Begun));
        ExpectEqual(31, results.Count(result => result.Outcome == ChatStreamBeginOutcome.Joined));
        ExpectEqual(1, results.Select(result => result.Status!.StreamId).Distinct(StringComparer.Ordinal).Count());
    }

    private static async Task Supersedes(StoreTest test)
    {
        ChatStreamLease first = await test.BegunWithAsync(1).ConfigureAwait(false);
        ChatStreamBeginResult second = await test.BeginAsync(digest: "d2", node: test.OtherNode).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Begun, second.Outcome);
        ExpectEqual(first.StreamId, second.SupersededStreamId);
        ExpectEqual<ChatStreamStopOutcome?>(ChatStreamStopOutcome.Requested, second.SupersededOutcome);
        ChatStreamWriteResult append = await test.AppendedAsync(first, 2, 1).ConfigureAwait(false);
        Expect(append.IsStopRequested, "The producer of the superseded stream learns of it.");
        ChatStreamWriteResult end =
            await test.Store.CompleteAsync(first, 3, [], End(ChatStreamVerdict.Canceled)).ConfigureAwait(false);
        ExpectEqual<ChatStreamVerdict?>(ChatStreamVerdict.Canceled, end.Verdict);
        await test.AppendedAsync(second.Lease!, 1, 1, " of the second").ConfigureAwait(false);
        ExpectRecords((await test.ReadAllAsync(first.StreamId).ConfigureAwait(false)).Records, 1, 2);
        ChatStreamBeginResult third = await test.BeginAsync(digest: "d3").ConfigureAwait(false);
        ExpectEqual(second.Lease!.StreamId, third.SupersededStreamId);
    }

    private static async Task SupersedesAbandoned(StoreTest test)
    {
        ChatStreamLease first = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.ExpireLeaseAsync().ConfigureAwait(false);
        ChatStreamBeginResult second = await test.BeginAsync(digest: "d2").ConfigureAwait(false);
        ExpectEqual(first.StreamId, second.SupersededStreamId);
        ExpectEqual<ChatStreamStopOutcome?>(ChatStreamStopOutcome.Canceled, second.SupersededOutcome);
        ChatStreamStatus status = await test.StatusAsync(first.StreamId).ConfigureAwait(false);
        ExpectEqual<ChatStreamVerdict?>(ChatStreamVerdict.Canceled, status.Verdict);
    }

    private static async Task LateRepetition(StoreTest test)
    {
        ChatStreamLease first = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.CompletedAsync(first, 2).ConfigureAwait(false);
        ChatStreamLease second = await test.BegunAsync(digest: "d2").ConfigureAwait(false);
        ChatStreamBeginResult late = await test.BeginAsync(digest: "d1").ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Joined, late.Outcome);
        ExpectEqual(first.StreamId, late.Status!.StreamId);
        ChatStreamWriteResult append = await test.AppendedAsync(second, 1, 1).ConfigureAwait(false);
        Expect(!append.IsStopRequested, "The running stream goes on.");
        ExpectEqual(second.StreamId, (await test.Store.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
    }

    private static async Task Owners(StoreTest test)
    {
        ChatStreamLease mine = await test.BegunAsync().ConfigureAwait(false);
        ChatStreamLease other = await test.BegunAsync(owner: "o2").ConfigureAwait(false);
        Expect(mine.StreamId != other.StreamId, "Another owner has another stream.");
        ExpectEqual(mine.StreamId, (await test.OtherNode.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
        ExpectEqual(other.StreamId, (await test.OtherNode.FindAsync("o2", "c1").ConfigureAwait(false))?.StreamId);
        ExpectEqual(null, await test.OtherNode.FindAsync("o3", "c1").ConfigureAwait(false));

        // Owner and conversation must not be joined in a way that another pair can have.
        await test.BegunAsync("b:c", owner: "a").ConfigureAwait(false);
        ExpectEqual(null, await test.Store.FindAsync("a:b", "c").ConfigureAwait(false));
    }

    private static async Task FindsLatest(StoreTest test)
    {
        ChatStreamLease first = await test.BegunWithAsync(1).ConfigureAwait(false);
        await test.CompletedAsync(first, 2).ConfigureAwait(false);
        ExpectEqual(first.StreamId, (await test.OtherNode.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
        ChatStreamLease second = await test.BegunAsync(digest: "d2").ConfigureAwait(false);
        ExpectEqual(second.StreamId, (await test.OtherNode.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
    }

    private static async Task Forgets(StoreTest test)
    {
        ChatStreamLease lease = await test.BegunWithAsync(1).ConfigureAwait(false);
        Expect(!await test.Store.ForgetAsync(lease.StreamId).ConfigureAwait(false), "A running stream is not forgotten.");
        Expect(await test.Store.FindAsync("o1", "c1").ConfigureAwait(false) is not null, "It is still found.");
        await test.CompletedAsync(lease, 2).ConfigureAwait(false);
        Expect(await test.OtherNode.ForgetAsync(lease.StreamId).ConfigureAwait(false), "A stream that has ended is forgotten.");
        ExpectEqual(null, await test.Store.FindAsync("o1", "c1").ConfigureAwait(false));
        ExpectRecords((await test.ReadAllAsync(lease.StreamId).ConfigureAwait(false)).Records, 1, 1);
        ExpectEqual(ChatStreamBeginOutcome.Joined, (await test.BeginAsync().ConfigureAwait(false)).Outcome);
        ChatStreamLease next = await test.BegunAsync(digest: "d2").ConfigureAwait(false);
        ExpectEqual(next.StreamId, (await test.Store.FindAsync("o1", "c1").ConfigureAwait(false))?.StreamId);
    }

    private static async Task Unknown(StoreTest test)
    {
        ExpectEqual(null, await test.Store.GetStatusAsync("nosuchstream0000000000000").ConfigureAwait(false));
        ExpectEqual(null, await test.Store.FindAsync("o1", "none").ConfigureAwait(false));
        ExpectEqual<ChatStreamGap?>(ChatStreamGap.NotFound, await test.GapAsync("nosuchstream0000000000000").ConfigureAwait(false));
        Expect(!await test.Store.ForgetAsync("nosuchstream0000000000000").ConfigureAwait(false), "An unknown stream is not forgotten.");
        await test.Store.TouchAsync("nosuchstream0000000000000").ConfigureAwait(false);
        var lease = new ChatStreamLease { StreamId = "nosuchstream0000000000000", Epoch = "abcdefghij" };
        ExpectEqual(ChatStreamWriteOutcome.NotFound, (await test.Store.AppendAsync(lease, 1, Records(1, 1)).ConfigureAwait(false)).Outcome);
        ExpectEqual(ChatStreamWriteOutcome.NotFound, (await test.Store.RenewAsync(lease).ConfigureAwait(false)).Outcome);
    }
}
