using System.Runtime.CompilerServices;
using LlmStream.Relay;
using LlmStream.Relay.Tests.Fakes;
using StackExchange.Redis;

namespace LlmStream.Redis.Tests.Fakes;

/// <summary>Two nodes with a connection each.</summary>
internal sealed class Nodes : IAsyncDisposable
{
    private readonly ConnectionMultiplexer[] _connections;
    private readonly ChatStreamRelayOptions _relay;
    private int _conversations;

    private Nodes(
        ConnectionMultiplexer first, ConnectionMultiplexer second, RedisChatStreamStoreOptions store, ChatStreamRelayOptions relay)
    {
        _connections = [first, second];
        _relay = relay;
        FirstStore = new RedisChatStreamStore(first, store);
        SecondStore = new RedisChatStreamStore(second, store);
        FirstCalls = new FaultyStore(FirstStore);
        First = new ChatStreamRelay(FirstCalls, relay);
        Second = new ChatStreamRelay(SecondStore, relay);
        Keys = new StreamKeys(store.KeyPrefix, "");
    }

    public static ChatStreamRelayOptions RelayOptions { get; } = new()
    {
        GroupInterval = TimeSpan.FromTicks(1),
        StoreTimeout = TimeSpan.FromSeconds(20),
        RequestProtector = ChatRequestProtector.None,
    };

    public StreamKeys Keys { get; }

    public RedisChatStreamStore FirstStore { get; }

    public RedisChatStreamStore SecondStore { get; }

    /// <summary>The store as the first node has it: it can fail, and tells when records are stored.</summary>
    public FaultyStore FirstCalls { get; }

    public ChatStreamRelay First { get; }

    public ChatStreamRelay Second { get; }

    public IDatabase Database => _connections[0].GetDatabase();

    public static async Task<Nodes> ConnectAsync(
        RedisProcess server, RedisChatStreamStoreOptions? store = null, ChatStreamRelayOptions? relay = null)
    {
        ConnectionMultiplexer first = await server.ConnectAsync(), second = await server.ConnectAsync();
        return new Nodes(first, second, store ?? new RedisChatStreamStoreOptions(), relay ?? RelayOptions);
    }

    public async Task<ChatStreamLease> BeginAsync()
    {
        ChatStreamBeginResult begun = await First.BeginAsync(
            new ChatStreamBeginRequest { Owner = "o", Conversation = $"c{_conversations++}", Digest = "d" });
        return begun.Lease!;
    }

    /// <summary>Begins a stream, and a producer whose records can be waited for.</summary>
    public async Task<(ChatStreamLease Lease, FaultyStore Calls, ChatStreamRelay Relay)> BeginOnNewNodeAsync()
    {
        var calls = new FaultyStore(FirstStore);
        return (await BeginAsync(), calls, new ChatStreamRelay(calls, _relay));
    }

    /// <summary>Lets each delta be stored before the next is read, so that each is a record.</summary>
    public static async IAsyncEnumerable<ChatDelta> PacedAsync(
        FaultyStore calls, IEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken stopped = default)
    {
        long sequence = 1;
        foreach (ChatDelta delta in deltas)
        {
            yield return delta;
            await calls.WaitForRecordAsync(sequence++, stopped);
        }
    }

    public Task<ReadStream> ReadAsync(string streamId, ChatStreamPosition after = default) =>
        ReadStream.Of(Second.ReadAsync(streamId, after));

    /// <summary>Ends when both nodes know that they have lost their connections.</summary>
    public Task WhenDisconnectedAsync() => Task.WhenAll(_connections.Select(WhenDisconnectedAsync));

    public async ValueTask DisposeAsync()
    {
        FirstStore.Dispose();
        SecondStore.Dispose();
        foreach (ConnectionMultiplexer connection in _connections) await connection.DisposeAsync();
    }

    private static async Task WhenDisconnectedAsync(ConnectionMultiplexer connection)
    {
        using var failures = new SemaphoreSlim(0);
        EventHandler<ConnectionFailedEventArgs> onFailed = (_, _) => failures.Release();
        connection.ConnectionFailed += onFailed;
        try
        {
            while (connection.IsConnected) await failures.WaitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            connection.ConnectionFailed -= onFailed;
        }
    }
}
