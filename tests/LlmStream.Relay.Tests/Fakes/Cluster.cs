using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.Relay.Tests.Fakes;

/// <summary>
/// A store with two nodes. The clock of the store stands still until a test advances it; the nodes have the system's, unless the options of
/// the first say otherwise.
/// </summary>
internal sealed class Cluster : IDisposable
{
    private int _conversations;

    public Cluster(Func<ChatStreamRelayOptions, ChatStreamRelayOptions>? configure = null, MemoryChatStreamStoreOptions? storeOptions = null)
    {
        Store = new MemoryChatStreamStore((storeOptions ?? new()) with { TimeProvider = Clock });
        First = new FaultyStore(Store);
        var options = new ChatStreamRelayOptions
        {
            GroupInterval = TimeSpan.FromTicks(1),
            StoreTimeout = TimeSpan.FromSeconds(20),
            StopTimeout = TimeSpan.FromSeconds(10),
            RequestProtector = ChatRequestProtector.None,
        };
        FirstNode = new ChatStreamRelay(First, configure?.Invoke(options) ?? options);
        Second = new FaultyStore(Store);
        SecondNode = new ChatStreamRelay(Second, options);
    }

    public FakeTimeProvider Clock { get; } = new();

    public MemoryChatStreamStore Store { get; }

    /// <summary>The store as the first node has it.</summary>
    public FaultyStore First { get; }

    /// <summary>The store as the second node has it.</summary>
    public FaultyStore Second { get; }

    public ChatStreamRelay FirstNode { get; }

    public ChatStreamRelay SecondNode { get; }

    public async Task<ChatStreamLease> BeginAsync()
    {
        ChatStreamBeginResult begun = await FirstNode.BeginAsync(
            new ChatStreamBeginRequest { Owner = "o", Conversation = $"c{_conversations++}", Digest = "d" });
        return begun.Lease!;
    }

    public void ExpireLeases() => Clock.Advance(Store.Options.LeaseDuration + TimeSpan.FromSeconds(1));

    /// <summary>Lets each delta be appended before the next is read, so that each is a record.</summary>
    public async IAsyncEnumerable<ChatDelta> PacedAsync(
        IAsyncEnumerable<ChatDelta> deltas, long firstSequence = 1, [EnumeratorCancellation] CancellationToken stopped = default)
    {
        await foreach (ChatDelta delta in deltas.WithCancellation(stopped))
        {
            yield return delta;
            await First.WaitForRecordAsync(firstSequence++, stopped);
        }
    }

    /// <summary>Reads a stream to its end, by the second node.</summary>
    public Task<ReadStream> ReadAsync(string streamId, ChatStreamPosition after = default) => ReadStream.Of(SecondNode.ReadAsync(streamId, after));

    public void Dispose() => Store.Dispose();
}

/// <summary>What a reader got.</summary>
/// <param name="Items">The deltas.</param>
/// <param name="Failure">How the enumeration ended; null for a normal end.</param>
internal sealed record ReadStream(List<ChatStreamItem> Items, Exception? Failure)
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static Task<ReadStream> Of(IAsyncEnumerable<ChatStreamItem> items)
    {
        return Task.Run(ReadAsync).WaitAsync(Bound);

        async Task<ReadStream> ReadAsync()
        {
            var read = new List<ChatStreamItem>();
            try
            {
                await foreach (ChatStreamItem item in items) read.Add(item);
                return new ReadStream(read, null);
            }
            catch (Exception exception)
            {
                return new ReadStream(read, exception);
            }
        }
    }

    public Task<ChatStreamResult> CollectAsync() => ScriptedAnswers.ToAsync(Items.Select(item => item.Delta)).CollectAsync();
}
