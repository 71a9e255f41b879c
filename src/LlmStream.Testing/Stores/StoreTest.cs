using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using LlmStream.Relay;

namespace LlmStream.Testing.Stores;

/// <summary>What the cases have in common: short names for operations, and expectations.</summary>
internal sealed class StoreTest(ChatStreamStoreHarness harness)
{
    public const int PageBytes = 4096;
    private static readonly TimeSpan SignalTimeout = TimeSpan.FromSeconds(10);

    public IChatStreamStore Store => harness.Store;

    public IChatStreamStore OtherNode => harness.OtherNode;

    public ChatStreamStoreOptions Options => harness.Store.Options;

    public static ChatStreamStoreCase Case(string name, string rules, Func<StoreTest, Task> body) =>
        new(name, rules, harness => body(new StoreTest(harness)));

    public static void Expect(bool condition, string message)
    {
        if (!condition) throw new ChatStreamStoreViolationException(message);
    }

    public static void ExpectEqual<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "") =>
        Expect(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected {expected}, but it is {actual}.");

    /// <summary>The record with a sequence number, as the cases write it.</summary>
    public static ReadOnlyMemory<byte> Record(long sequence, string mark = "") =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"record {sequence}{mark}"));

    public static List<ReadOnlyMemory<byte>> Records(long first, int count, string mark = "") =>
        [.. Enumerable.Range(0, count).Select(i => Record(first + i, mark))];

    public static string NewEpoch() => RandomNumberGenerator.GetHexString(12, lowercase: true);

    public static ChatStreamEnd End(ChatStreamVerdict verdict) => new(verdict, Encoding.UTF8.GetBytes($"end {verdict}"));

    public ValueTask<ChatStreamBeginResult> BeginAsync(
        string conversation = "c1",
        string digest = "d1",
        string owner = "o1",
        bool startsAnew = false,
        string? epoch = null,
        IChatStreamStore? node = null) =>
        (node ?? Store).BeginAsync(new ChatStreamBeginRequest
        {
            Owner = owner,
            Conversation = conversation,
            Digest = digest,
            Epoch = epoch ?? NewEpoch(),
            StartsAnew = startsAnew,
            Metadata = Encoding.UTF8.GetBytes("metadata"),
        });

    /// <summary>Begins a stream.</summary>
    public async ValueTask<ChatStreamLease> BegunAsync(string conversation = "c1", string digest = "d1", string owner = "o1")
    {
        ChatStreamBeginResult begun = await BeginAsync(conversation, digest, owner).ConfigureAwait(false);
        ExpectEqual(ChatStreamBeginOutcome.Begun, begun.Outcome);
        Expect(begun.Lease is not null, "A stream that was begun has a lease.");
        return begun.Lease!;
    }

    /// <summary>Begins a stream with a number of records.</summary>
    public async ValueTask<ChatStreamLease> BegunWithAsync(int count, string conversation = "c1", string digest = "d1")
    {
        ChatStreamLease lease = await BegunAsync(conversation, digest).ConfigureAwait(false);
        await AppendedAsync(lease, 1, count).ConfigureAwait(false);
        return lease;
    }

    public async ValueTask<ChatStreamWriteResult> AppendedAsync(ChatStreamLease lease, long first, int count, string mark = "")
    {
        ChatStreamWriteResult result = await Store.AppendAsync(lease, first, Records(first, count, mark)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Written, result.Outcome);
        ExpectEqual(first + count - 1, result.LastSequence);
        return result;
    }

    public async ValueTask CompletedAsync(
        ChatStreamLease lease, long first, int count = 0, ChatStreamVerdict verdict = ChatStreamVerdict.Complete)
    {
        ChatStreamWriteResult result = await Store.CompleteAsync(lease, first, Records(first, count), End(verdict)).ConfigureAwait(false);
        ExpectEqual(ChatStreamWriteOutcome.Written, result.Outcome);
        ExpectEqual<ChatStreamVerdict?>(verdict, result.Verdict);
    }

    /// <summary>Lets the lease expire, but not the stream.</summary>
    public ValueTask ExpireLeaseAsync() => harness.AdvanceAsync(Options.LeaseDuration + Slack(Options.LeaseDuration));

    public ValueTask AdvanceAsync(TimeSpan by) => harness.AdvanceAsync(by);

    public ValueTask<bool> LoseRecordsAsync(string streamId, int count) => harness.LoseRecordsAsync(streamId, count);

    public ValueTask<long?> CountObjectsAsync() => harness.CountObjectsAsync();

    /// <summary>A little more than a time, so that it has passed for certain.</summary>
    public static TimeSpan Slack(TimeSpan time) => TimeSpan.FromTicks(Math.Max(time.Ticks / 50, TimeSpan.TicksPerMillisecond));

    /// <summary>Takes over, by the other node unless another one is specified, under a new epoch unless one is specified.</summary>
    public ValueTask<ChatStreamTakeoverResult> TryTakeOverAsync(
        string streamId, string seenEpoch, string? newEpoch = null, IChatStreamStore? node = null) =>
        (node ?? OtherNode).TryTakeOverAsync(streamId, seenEpoch, newEpoch ?? NewEpoch());

    public async ValueTask<ChatStreamLease> TakenOverAsync(ChatStreamLease lease)
    {
        ChatStreamTakeoverResult taken = await TryTakeOverAsync(lease.StreamId, lease.Epoch).ConfigureAwait(false);
        ExpectEqual(ChatStreamTakeoverOutcome.Taken, taken.Outcome);
        Expect(taken.Lease is not null, "A stream that was taken over has a lease.");
        return taken.Lease!;
    }

    public async ValueTask<ChatStreamStatus> StatusAsync(string streamId)
    {
        ChatStreamStatus? status = await OtherNode.GetStatusAsync(streamId).ConfigureAwait(false);
        Expect(status is not null, "The stream is known.");
        return status!;
    }

    /// <summary>Reads everything after a position that there is, page by page, and checks that the sequence numbers have no gap.</summary>
    public async ValueTask<(List<ChatStreamRecord> Records, ChatStreamEnd? End)> ReadAllAsync(
        string streamId, ChatStreamPosition after = default, int pageBytes = PageBytes)
    {
        var records = new List<ChatStreamRecord>();
        while (true)
        {
            ChatStreamPage page = await OtherNode.ReadAsync(streamId, after, pageBytes).ConfigureAwait(false);
            ExpectEqual(null, page.Gap);
            foreach (ChatStreamRecord record in page.Records)
            {
                ExpectEqual(after.Sequence + 1, record.Position.Sequence);
                records.Add(record);
                after = record.Position;
            }

            if (page.End is not null) ExpectEqual(page.LastSequence, after.Sequence);
            if (page.End is not null || page.Records.Count == 0) return (records, page.End);
        }
    }

    public async ValueTask<ChatStreamGap?> GapAsync(string streamId, ChatStreamPosition after = default) =>
        (await OtherNode.ReadAsync(streamId, after, PageBytes).ConfigureAwait(false)).Gap;

    /// <summary>Expects a signal within some seconds.</summary>
    public static async ValueTask SignalledAsync(Task wait, string change)
    {
        try
        {
            await wait.WaitAsync(SignalTimeout, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ChatStreamStoreViolationException($"There was no signal of {change} within {SignalTimeout.TotalSeconds} seconds.");
        }
    }

    public static string TextOf(ChatStreamRecord record) => Encoding.UTF8.GetString(record.Data.Span);

    public static void ExpectRecords(List<ChatStreamRecord> records, long first, int count, string mark = "")
    {
        ExpectEqual(count, records.Count);
        for (int i = 0; i < count; i++)
            ExpectEqual(Encoding.UTF8.GetString(Record(first + i, mark).Span), TextOf(records[i]));
    }
}
