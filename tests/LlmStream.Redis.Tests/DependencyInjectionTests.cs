using LlmStream.Redis.Tests.Fakes;
using LlmStream.Relay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmStream.Redis.Tests;

public class DependencyInjectionTests
{
    private static readonly ChatStreamBeginRequest Request = new() { Owner = "o", Conversation = "c", Digest = "d" };

    [Fact]
    public async Task The_relay_keeps_its_streams_in_Redis()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        var services = new ServiceCollection();
        services.AddChatRelay(options => options.Store = new() { MaxTakeovers = 7 })
            .UseRedis(server.Address, options => options with { KeyPrefix = "app:" });
        services.AddLogging();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var relay = provider.GetRequiredService<ChatStreamRelay>();
        var store = Assert.IsType<RedisChatStreamStore>(relay.Store);
        Assert.Equal(7, store.Options.MaxTakeovers);
        Assert.NotNull((await relay.BeginAsync(Request)).Lease);
        Assert.Contains("app:{", await server.CallAsync("KEYS", "*"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_of_the_application_is_used_and_not_disposed_of()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        await using ConnectionMultiplexer connection = await server.ConnectAsync();
        foreach (bool isRegistered in new[] { true, false })
        {
            var services = new ServiceCollection();
            services.AddLogging();
            if (isRegistered) services.AddSingleton<IConnectionMultiplexer>(connection);
            IChatRelayBuilder builder = services.AddChatRelay();
            if (isRegistered) builder.UseRedis(provider => provider.GetRequiredService<IConnectionMultiplexer>());
            else builder.UseRedis(connection);
            ServiceProvider provider = services.BuildServiceProvider();
            await provider.GetRequiredService<ChatStreamRelay>().BeginAsync(Request with { Conversation = isRegistered.ToString() });
            if (!isRegistered) await provider.DisposeAsync();
        }

        Assert.True(connection.IsConnected);
        Assert.True(await connection.GetDatabase().PingAsync() > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_server_that_is_not_there_yet_is_waited_for()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        server.Kill();
        var logs = new LogCollector();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(logs));
        services.AddChatRelay().UseRedis(server.Address + ",connectTimeout=500,connectRetry=1,asyncTimeout=300,syncTimeout=300");
        await using ServiceProvider provider = services.BuildServiceProvider();
        Task<ChatStreamBeginResult> beginning = Task.Run(() => provider.GetRequiredService<ChatStreamRelay>().BeginAsync(Request));
        await logs.WaitForAsync(LogLevel.Warning, "A call of the stream store failed");
        await server.RestartAsync();
        Assert.Equal(ChatStreamBeginOutcome.Begun, (await beginning.WaitAsync(TimeSpan.FromSeconds(30))).Outcome);
    }

    [Fact]
    public async Task Passwords_are_neither_logged_nor_in_messages()
    {
        const string Password = "the-password-of-the-server";
        var invalid = Assert.Throws<ArgumentException>(
            () => new ServiceCollection().AddChatRelay().UseRedis($"localhost,password={Password},nosuchoption=1"));
        Assert.DoesNotContain(Password, invalid.ToString(), StringComparison.Ordinal);

        await using RedisProcess server = await RedisProcess.StartAsync("--requirepass", "another");
        var logs = new LogCollector();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
        services.AddChatRelay(options => options.Relay = new() { StoreTimeout = TimeSpan.FromMilliseconds(300) })
            .UseRedis($"{server.Address},password={Password},connectTimeout=500,connectRetry=1,asyncTimeout=300,syncTimeout=300");
        await using ServiceProvider provider = services.BuildServiceProvider();
        var failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => provider.GetRequiredService<ChatStreamRelay>().BeginAsync(Request));
        Assert.DoesNotContain(Password, failure.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(logs.Entries);
        Assert.DoesNotContain(logs.Entries, entry => entry.Text.Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_health_check_tells_how_the_server_is()
    {
        await using RedisProcess server = await RedisProcess.StartAsync();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddChatRelay().UseRedis(server.Address + ",connectTimeout=500,asyncTimeout=300,syncTimeout=300");
        services.AddHealthChecks().AddChatRelayRedis();
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal((HealthStatus.Healthy, ""), await CheckAsync());
        await server.CallAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);
        server.Kill();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync()).Status);

        async Task<(HealthStatus Status, string Failure)> CheckAsync()
        {
            HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
            Assert.Equal("chat_relay_redis", Assert.Single(report.Entries).Key);
            return (report.Status, report.Entries["chat_relay_redis"].Exception?.ToString() ?? "");
        }
    }

    [Fact]
    public async Task The_health_check_fails_if_streams_are_not_kept_in_Redis()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddChatRelay();
        services.AddHealthChecks().AddChatRelayRedis("store", HealthStatus.Degraded);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, report.Entries["store"].Status);
    }
}
