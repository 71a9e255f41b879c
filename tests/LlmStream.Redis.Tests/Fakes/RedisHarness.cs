using LlmStream.Relay;
using LlmStream.Testing;
using StackExchange.Redis;

namespace LlmStream.Redis.Tests.Fakes;

/// <summary>
/// The store in Redis under the suite: two nodes with a connection each. The clock of the server cannot be set; instead, everything that is
/// stored becomes older.
/// </summary>
internal sealed class RedisHarness : ChatStreamStoreHarness
{
    private const string MakeOlder = """
        local by = tonumber(ARGV[1])
        local left = redis.call('PTTL', KEYS[1])
        if left >= 0 and left <= by then return redis.call('DEL', KEYS[1]) end
        local kind = redis.call('TYPE', KEYS[1]).ok
        if kind == 'zset' then
          local members = redis.call('ZRANGE', KEYS[1], 0, -1)
          for _, member in ipairs(members) do redis.call('ZINCRBY', KEYS[1], -by, member) end
        elseif kind == 'hash' then
          for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
            local is_time = field == 'lease' or field == 'released' or field == 'reader' or field == 'indexed'
              or string.sub(field, 1, 2) == 'x:'
            if is_time then redis.call('HINCRBY', KEYS[1], field, -by) end
          end
        end
        if left >= 0 then redis.call('PEXPIRE', KEYS[1], left - by) end
        """;

    private const string LoseRecords = """
        local last = redis.call('HGET', KEYS[1], 'last') - ARGV[1]
        local left = redis.call('PTTL', KEYS[2])
        local records = redis.call('XRANGE', KEYS[2], '-', string.format('%.0f', last))
        redis.call('DEL', KEYS[2])
        local bytes = 0
        for _, record in ipairs(records) do
          redis.call('XADD', KEYS[2], record[1], 'd', record[2][2])
          bytes = bytes + #record[2][2]
        end
        redis.call('PEXPIRE', KEYS[2], left)
        local epochs = {}
        for id, first in string.gmatch(redis.call('HGET', KEYS[1], 'epochs'), '(%w+):(%d+)') do
          epochs[#epochs + 1] = id .. ':' .. string.format('%.0f', math.min(first, last + 1))
        end
        local first = math.min(redis.call('HGET', KEYS[1], 'first'), last + 1)
        redis.call('HSET', KEYS[1], 'last', last, 'bytes', bytes, 'first', first, 'epochs', table.concat(epochs, ' '))
        """;

    private static int _count;

    private readonly ConnectionMultiplexer _connection;
    private readonly RedisChatStreamStore _first;
    private readonly RedisChatStreamStore _second;
    private readonly StreamKeys _keys;
    private readonly string _prefix;

    public RedisHarness(RedisFixture fixture)
    {
        _prefix = $"test{Interlocked.Increment(ref _count)}:";
        var options = new RedisChatStreamStoreOptions { KeyPrefix = _prefix, MaxStreamBytes = 64 * 1024 };
        _connection = fixture.First;
        _first = new RedisChatStreamStore(fixture.First, options);
        _second = new RedisChatStreamStore(fixture.Second, options);
        _keys = new StreamKeys(_prefix, "");
    }

    public override IChatStreamStore Store => _first;

    public override IChatStreamStore OtherNode => _second;

    private IDatabase Database => _connection.GetDatabase();

    private IServer Server => _connection.GetServers()[0];

    public override async ValueTask AdvanceAsync(TimeSpan by)
    {
        await foreach (RedisKey key in Server.KeysAsync(pattern: _prefix + "*"))
            await Database.ScriptEvaluateAsync(MakeOlder, [key], [(long)by.TotalMilliseconds]);
    }

    public override async ValueTask<bool> LoseRecordsAsync(string streamId, int count)
    {
        await LoseRecordsAsync(Database, _keys, streamId, count);
        return true;
    }

    public static Task LoseRecordsAsync(IDatabase database, StreamKeys keys, string streamId, int count) =>
        database.ScriptEvaluateAsync(LoseRecords, [keys.Stream(streamId), keys.Records(streamId)], [count]);

    public override async ValueTask<long?> CountObjectsAsync()
    {
        // Channels are unsubscribed from after the subscription was disposed of.
        for (int i = 0; i < 100 && _first.SubscriptionCount + _second.SubscriptionCount > 0; i++) await Task.Delay(20);
        long count = _first.SubscriptionCount + _second.SubscriptionCount;
        await foreach (RedisKey _ in Server.KeysAsync(pattern: _prefix + "*")) count++;
        return count + (await Server.SubscriptionChannelsAsync(RedisChannel.Pattern(_prefix + "*"))).Length;
    }

    public override ValueTask DisposeAsync()
    {
        _first.Dispose();
        _second.Dispose();
        return base.DisposeAsync();
    }
}
