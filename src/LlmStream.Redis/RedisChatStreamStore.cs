using LlmStream.Redis.Scripts;
using LlmStream.Redis.Signals;
using LlmStream.Relay;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>
/// Keeps streams in Redis 7 or Valkey, so that any node can read, stop and continue them. Each operation is one atomic script, with the
/// clock of the server. All keys of a conversation are on one node of a cluster, and all expire.
/// </summary>
/// <remarks>
/// <c>maxmemory-policy</c> must be <c>noeviction</c>: every key has an expiry, so that <c>volatile-*</c> policies would remove streams
/// that are being written. The store logs a warning if it is not.
/// </remarks>
/// <example>
/// <code>
/// using var connection = await ConnectionMultiplexer.ConnectAsync("localhost:6379");
/// using var store = new RedisChatStreamStore(connection);
/// var relay = new ChatStreamRelay(store);
/// </code>
/// </example>
public sealed partial class RedisChatStreamStore : IChatStreamStore, IDisposable
{
    private readonly RedisChatStreamStoreOptions _options;
    private readonly StreamKeys _keys;
    private readonly RedisServer _server;
    private readonly StreamHub _hub;
    private readonly RedisValue _lease;
    private readonly RedisValue _running;
    private readonly RedisValue _ended;

    /// <summary>Creates a store.</summary>
    /// <param name="connection">The connection, one for each node. It is not disposed of.</param>
    /// <param name="options">The options, or <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="connection"/> is null.</exception>
    public RedisChatStreamStore(IConnectionMultiplexer connection, RedisChatStreamStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _options = options ?? new RedisChatStreamStoreOptions();
        ILogger logger = _options.LoggerFactory.CreateLogger("LlmStream.Redis");
        _keys = new StreamKeys(_options.KeyPrefix, RedisServer.ChannelPrefixOf(connection));
        _server = new RedisServer(connection, _options, _keys, logger);
        _hub = new StreamHub(connection, _keys, _options, logger);
        _lease = Milliseconds(_options.LeaseDuration);
        _running = Milliseconds(_options.RunningRetention);
        _ended = Milliseconds(_options.EndedRetention);
    }

    /// <inheritdoc/>
    public ChatStreamStoreOptions Options => _options;

    internal RedisServer Server => _server;

    internal int SubscriptionCount => _hub.Count;

    /// <inheritdoc/>
    public async ValueTask<IChatStreamSubscription> SubscribeAsync(
        string streamId, ChatStreamSignals signals, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        return StreamKeys.IsStreamId(streamId)
            ? await _hub.SubscribeAsync(streamId, signals, cancellationToken).ConfigureAwait(false)
            : new RedisSubscription([]);
    }

    /// <inheritdoc/>
    public async ValueTask TouchAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        if (!StreamKeys.IsStreamId(streamId)) return;
        WatchedStream? stream = _hub.FindStream(streamId);
        if (stream?.IsTouched is true) return; // another reader of this node did it
        await _server.EvaluateAsync(Operations.Touch, StreamScripts.Touch, [_keys.Stream(streamId)], [], cancellationToken)
            .ConfigureAwait(false);
        stream?.Touched();
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamStatus?> GetStatusAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        if (!StreamKeys.IsStreamId(streamId)) return null;
        return (await ReadStatusAsync(streamId, cancellationToken).ConfigureAwait(false)).Status;
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamStatus?> FindAsync(
        string owner, string conversation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(conversation);
        RedisKey key = _keys.Conversation(StreamKeys.TagOf(owner, conversation));
        RedisValue[] fields = await _server.CallAsync(
            Operations.Find, database => database.HashGetAsync(key, [Fields.Latest, Fields.Forgotten]), cancellationToken)
            .ConfigureAwait(false);
        if (fields[0].IsNull || !fields[1].IsNull) return null;
        return await GetStatusAsync((string)fields[0]!, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ForgetAsync(string streamId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        if (!StreamKeys.IsStreamId(streamId)) return false;
        RedisResult result = await _server.EvaluateAsync(
            Operations.Forget, StreamScripts.Forget, KeysOf(streamId), [streamId], cancellationToken).ConfigureAwait(false);
        return (int)result == 1;
    }

    /// <summary>Ends the subscriptions. The connection is not disposed of.</summary>
    public void Dispose()
    {
        _hub.Dispose();
        _server.Dispose();
    }

    private static RedisValue Milliseconds(TimeSpan time) => (long)Math.Max(1, Math.Ceiling(time.TotalMilliseconds));

    private static ChatStreamVerdict? VerdictOf(RedisResult value) => (string?)value switch
    {
        "0" => ChatStreamVerdict.Complete,
        "1" => ChatStreamVerdict.Error,
        "2" => ChatStreamVerdict.Canceled,
        _ => null,
    };

    private static RedisValue ValueOf(ChatStreamVerdict verdict) => verdict switch
    {
        ChatStreamVerdict.Complete => "0",
        ChatStreamVerdict.Error => "1",
        _ => "2",
    };

    /// <summary>Reads the status of a stream, and the epoch of the producer that has begun it.</summary>
    private async ValueTask<(ChatStreamStatus? Status, string FirstEpoch)> ReadStatusAsync(
        string id, CancellationToken cancellationToken)
    {
        RedisResult result = await _server.EvaluateAsync(
            Operations.Status, StreamScripts.Status, [_keys.Stream(id)], [], cancellationToken).ConfigureAwait(false);
        if (result.IsNull) return (null, "");
        var fields = (RedisResult[])result!;
        var status = new ChatStreamStatus
        {
            StreamId = id,
            Owner = (string)fields[0]!,
            Conversation = (string)fields[1]!,
            Digest = (string)fields[2]!,
            Metadata = (byte[]?)fields[3] ?? [],
            Epoch = (string)fields[4]!,
            LastSequence = (long)fields[5],
            TakeoverCount = (int)fields[6],
            IsStopRequested = !fields[7].IsNull,
            Verdict = VerdictOf(fields[8]),
            IsLeaseExpired = (int)fields[9] == 1,
        };
        return (status, (string)fields[10]!);
    }

    private RedisKey[] KeysOf(string id) => [_keys.Stream(id), _keys.Records(id), _keys.ConversationOf(id)];
}
