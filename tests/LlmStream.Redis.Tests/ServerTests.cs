using LlmStream.Redis.Tests.Fakes;
using LlmStream.Relay;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis.Tests;

/// <summary>What depends on the settings and the state of the server.</summary>
public class ServerTests
{
    private static readonly ChatStreamBeginRequest Request = new() { Owner = "o", Conversation = "c", Digest = "d" };
    private static readonly ChatStreamEnd End = new(ChatStreamVerdict.Complete, default);

    [Fact]
    public async Task A_server_that_may_evict_keys_is_warned_about_once()
    {
        await using RedisProcess server = await RedisProcess.StartAsync("--maxmemory-policy", "volatile-lru");
        await using ConnectionMultiplexer connection = await server.ConnectAsync(options => options.AllowAdmin = false);
        var logs = new LogCollector();
        using var store = new RedisChatStreamStore(connection, new RedisChatStreamStoreOptions { LoggerFactory = logs });
        for (int i = 0; i < 3; i++) await store.GetStatusAsync(StreamKeys.CreateStreamId(StreamKeys.TagOf("o", "c")));
        string warning = await logs.WaitForAsync(LogLevel.Warning);
        Assert.Contains("volatile-lru", warning, StringComparison.Ordinal);
        Assert.Contains("noeviction", warning, StringComparison.Ordinal);
        Assert.Single(logs.Entries);
    }

    [Fact]
    public async Task A_server_that_does_not_evict_keys_is_not_warned_about()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync(options => options.AllowAdmin = false);
        var logs = new LogCollector();
        using var store = new RedisChatStreamStore(connection, new RedisChatStreamStoreOptions { LoggerFactory = logs });
        Assert.Empty(await store.Server.Eviction.FindPoliciesAsync());
        Assert.Empty(logs.Entries);
    }

    [Fact]
    public async Task A_server_that_does_not_tell_its_settings_is_used_nevertheless()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await server.CallAsync("ACL", "SETUSER", "limited", "on", ">secret", "~llmstream:*", "&llmstream:*", "+@all", "-@admin", "-info");
        await using ConnectionMultiplexer connection = await server.ConnectAsync(options =>
        {
            options.User = "limited";
            options.Password = "secret";
            options.AllowAdmin = false;
        });
        var logs = new LogCollector();
        using var store = new RedisChatStreamStore(connection, new RedisChatStreamStoreOptions { LoggerFactory = logs });
        ChatStreamBeginResult begun = await store.BeginAsync(Request);
        await using IChatStreamSubscription subscription = await store.SubscribeAsync(begun.Lease!.StreamId, ChatStreamSignals.Records);
        await store.AppendAsync(begun.Lease, 1, [new byte[] { 1 }]);
        await subscription.WaitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(ChatStreamVerdict.Complete, (await store.CompleteAsync(begun.Lease, 2, [], End)).Verdict);
        await logs.WaitForAsync(LogLevel.Information);
        Assert.DoesNotContain(logs.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_server_that_forgets_its_scripts_gets_them_again()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync();
        using var store = new RedisChatStreamStore(connection);
        ChatStreamLease lease = (await store.BeginAsync(Request)).Lease!;
        for (int i = 1; i <= 5; i++)
        {
            await server.CallAsync("SCRIPT", "FLUSH");
            Assert.Equal(ChatStreamWriteOutcome.Written, (await store.AppendAsync(lease, i, [new byte[] { 1 }])).Outcome);
            await server.CallAsync("SCRIPT", "FLUSH");
            Assert.Equal(i, (await store.ReadAsync(lease.StreamId, default, 1000)).Records.Count);
        }

        // Afterwards they are called by their hashes.
        await store.AppendAsync(lease, 6, [new byte[] { 1 }]);
        string before = await CountEvalsAsync();
        for (int i = 7; i <= 25; i++) await store.AppendAsync(lease, i, [new byte[] { 1 }]);
        Assert.Equal(before, await CountEvalsAsync());

        async Task<string> CountEvalsAsync() => (await server.CallAsync("INFO", "commandstats")).Split('\n').Single(
            line => line.StartsWith("cmdstat_eval:", StringComparison.Ordinal)).Split(',')[0];
    }

    [Fact]
    public async Task A_server_without_memory_refuses_records_and_accepts_an_end()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync();
        using var store = new RedisChatStreamStore(connection);
        ChatStreamLease lease = (await store.BeginAsync(Request)).Lease!;
        await store.AppendAsync(lease, 1, [new byte[] { 1 }]);
        await server.CallAsync("CONFIG", "SET", "maxmemory", "1");
        Assert.Equal(ChatStreamWriteOutcome.StoreFull, (await store.AppendAsync(lease, 2, [new byte[] { 2 }])).Outcome);
        Assert.Equal(ChatStreamWriteOutcome.StoreFull, (await store.SetRequestAsync(lease, new byte[] { 2 })).Outcome);
        Assert.Equal(ChatStreamWriteOutcome.StoreFull, (await store.CompleteAsync(lease, 2, [new byte[] { 2 }], End)).Outcome);
        Assert.Equal(ChatStreamBeginOutcome.StoreFull, (await store.BeginAsync(Request with { Conversation = "other" })).Outcome);
        Assert.Equal(ChatStreamWriteOutcome.Written, (await store.RenewAsync(lease)).Outcome);
        await store.TouchAsync(lease.StreamId);
        ChatStreamEnd error = End with { Verdict = ChatStreamVerdict.Error };
        Assert.Equal(ChatStreamVerdict.Error, (await store.CompleteAsync(lease, 2, [], error)).Verdict);
        ChatStreamPage page = await store.ReadAsync(lease.StreamId, default, 1000);
        Assert.Equal((1, ChatStreamVerdict.Error), (page.Records.Count, page.End!.Verdict));
    }

    [Fact]
    public async Task Nothing_is_left_on_the_server_after_expiry()
    {
        var time = TimeSpan.FromSeconds(2);
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync();
        using var store = new RedisChatStreamStore(connection, new RedisChatStreamStoreOptions
        {
            LeaseDuration = time / 4, RunningRetention = time, EndedRetention = time, StopRetention = time,
        });
        for (int i = 0; i < 20; i++)
        {
            ChatStreamBeginResult begun = await store.BeginAsync(Request with { Conversation = $"c{i % 7}", Digest = $"d{i}" });
            await store.SetRequestAsync(begun.Lease!, new byte[100]);
            await store.AppendAsync(begun.Lease!, 1, [new byte[10], new byte[10]]);
            await using IChatStreamSubscription _ = await store.SubscribeAsync(
                begun.Lease!.StreamId, ChatStreamSignals.Records | ChatStreamSignals.Stop);
            if (i % 3 == 0) await store.CompleteAsync(begun.Lease!, 3, [], End);
            await store.RequestStopAsync("o", $"c{i}", "other");
            await store.TouchAsync(begun.Lease!.StreamId);
        }

        Assert.DoesNotContain(":0\r\n", await server.CallAsync("DBSIZE"), StringComparison.Ordinal);
        string left = "";
        for (int i = 0; i < 600 && left != ":0\r\n"; i++)
        {
            await Task.Delay(50);
            left = await server.CallAsync("DBSIZE");
        }

        Assert.Equal(":0\r\n", left);
        Assert.Equal(0, store.SubscriptionCount);
        Assert.Equal("*0\r\n", await server.CallAsync("PUBSUB", "CHANNELS", "llmstream*"));
    }

    [Fact]
    public async Task All_keys_of_a_stream_have_one_hash_tag_and_an_expiry_and_none_has_the_owner()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync();
        using var store = new RedisChatStreamStore(connection, new RedisChatStreamStoreOptions { KeyPrefix = "app:" });
        ChatStreamBeginRequest request = Request with { Owner = "somebody@example.com", Conversation = "{conversation}" };
        ChatStreamLease lease = (await store.BeginAsync(request)).Lease!;
        await store.AppendAsync(lease, 1, [new byte[] { 1 }]);
        string tag = lease.StreamId[..25];
        List<string> keys = [];
        await foreach (RedisKey key in connection.GetServers()[0].KeysAsync()) keys.Add((string)key!);
        Assert.Equal(4, keys.Count);
        Assert.Equal(3, keys.Count(key => key.StartsWith($"app:{{{tag}}}", StringComparison.Ordinal)));
        Assert.Single(keys, key => key.StartsWith("app:{running-", StringComparison.Ordinal));
        foreach (string key in keys) Assert.NotNull(await connection.GetDatabase().KeyTimeToLiveAsync(key));
        Assert.DoesNotContain("somebody", lease.StreamId + string.Concat(keys), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channels_have_the_prefix_of_the_connection()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection =
            await server.ConnectAsync(options => options.ChannelPrefix = RedisChannel.Literal("tenant:"));
        using var store = new RedisChatStreamStore(connection);
        ChatStreamLease lease = (await store.BeginAsync(Request)).Lease!;
        await using IChatStreamSubscription subscription = await store.SubscribeAsync(lease.StreamId, ChatStreamSignals.Records);
        await store.AppendAsync(lease, 1, [new byte[] { 1 }]);
        await subscription.WaitAsync().WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Another_database_has_other_streams()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync();
        using var first = new RedisChatStreamStore(connection);
        using var second = new RedisChatStreamStore(connection, new RedisChatStreamStoreOptions { Database = 3 });
        ChatStreamLease lease = (await second.BeginAsync(Request)).Lease!;
        Assert.NotNull(await second.GetStatusAsync(lease.StreamId));
        Assert.Null(await first.GetStatusAsync(lease.StreamId));
    }

    [Fact]
    public async Task Calls_are_measured_by_operation()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection =
            await server.ConnectAsync(options => options.SyncTimeout = options.AsyncTimeout = 300);
        using var store = new RedisChatStreamStore(connection);
        using var calls = new MetricCounts("llmstream.redis.operation.duration", "llmstream.operation");
        using var errors = new MetricCounts("llmstream.redis.operation.duration", "error.type");
        ChatStreamLease lease = (await store.BeginAsync(Request)).Lease!;
        await store.RestartEpochAsync(lease, "newepoch01");
        Assert.True(calls[Operations.RestartEpoch] >= 1 && calls[Operations.Begin] >= 1, "The calls were counted.");
        server.Kill();
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.RenewAsync(lease));
        Assert.True(errors["connection"] + errors["timeout"] >= 1, "The failure was counted.");
    }
}
