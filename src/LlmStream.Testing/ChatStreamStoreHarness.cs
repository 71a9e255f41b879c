using LlmStream.Relay;

namespace LlmStream.Testing;

/// <summary>
/// A store under test, with control of its clock. Implement it to test a store with <see cref="ChatStreamStoreSuite"/>.
/// </summary>
/// <remarks>
/// Each case gets a harness for itself, whose store is empty. The cases take all times from <see cref="IChatStreamStore.Options"/>: a store
/// whose clock cannot be set is tested with short times, and <see cref="AdvanceAsync"/> waits; a store that computes with the time of its
/// server may add an offset to it in tests. Set <see cref="ChatStreamStoreOptions.MaxStreamBytes"/> to about 64 KiB.
/// </remarks>
public abstract class ChatStreamStoreHarness : IAsyncDisposable
{
    /// <summary>The store, as one node uses it.</summary>
    public abstract IChatStreamStore Store { get; }

    /// <summary>The same store, as another node uses it. Default: the same object.</summary>
    public virtual IChatStreamStore OtherNode => Store;

    /// <summary>Advances the clock of the store.</summary>
    /// <param name="by">By how much.</param>
    /// <returns>A task that ends when the time has passed, and what falls due in it has been done.</returns>
    public abstract ValueTask AdvanceAsync(TimeSpan by);

    /// <summary>Loses the last records of a stream, as a failover to a replica may.</summary>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="count">How many records.</param>
    /// <returns>False if the harness cannot do that; the cases that need it pass then. Default: false.</returns>
    public virtual ValueTask<bool> LoseRecordsAsync(string streamId, int count) => new(false);

    /// <summary>Counts what the store holds: streams, keys, rows, subscriptions; anything that must be gone after expiry.</summary>
    /// <returns>The number; null if it cannot be told. Default: null.</returns>
    public virtual ValueTask<long?> CountObjectsAsync() => new((long?)null);

    /// <summary>Removes the store.</summary>
    /// <returns>A task that ends when it is removed.</returns>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}
