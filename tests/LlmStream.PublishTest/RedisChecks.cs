using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LlmStream.Relay;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.PublishTest;

/// <summary>A stream in Redis, if there is a redis-server.</summary>
internal static class RedisChecks
{
    public static IEnumerable<(string, Func<Task>)> All => [("redis", RedisAsync)];

    private static async Task RedisAsync()
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
        string port = FreePort().ToString(CultureInfo.InvariantCulture);
        using Process? server = program is null ? null : Process.Start(program, ["--port", port, "--save", "", "--logfile", "/dev/null"]);
        try
        {
            var services = new ServiceCollection();
            services.AddLogging();
            services.AddChatRelay(options => options.Relay = new() { StoreTimeout = TimeSpan.FromSeconds(server is null ? 1 : 20) })
                .UseRedis($"127.0.0.1:{port},connectTimeout=500,connectRetry=1,asyncTimeout=500");
            services.AddHealthChecks().AddChatRelayRedis();
            await using ServiceProvider provider = services.BuildServiceProvider();
            var relay = provider.GetRequiredService<ChatStreamRelay>();
            if (server is null) await FailAsync(relay);
            else await KeepAsync(relay);
        }
        finally
        {
            server?.Kill();
        }
    }

    private static async Task KeepAsync(ChatStreamRelay relay)
    {
        ChatStreamBeginResult begun = await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" });
        _ = relay.ProduceAsync(begun.Lease!, _ => DeltasAsync());
        ChatStreamResult answer = await relay.ReadDeltasAsync(begun.Lease!.StreamId).CollectAsync();
        if (answer.Text != "one two ") throw new CheckFailedException($"The text is {answer.Text}.");
    }

    private static async Task FailAsync(ChatStreamRelay relay)
    {
        try
        {
            await relay.BeginAsync(new() { Owner = "o", Conversation = "c", Digest = "d" });
        }
        catch (ChatStreamException)
        {
            return;
        }

        throw new CheckFailedException("There is no server, but a stream began.");
    }

    private static async IAsyncEnumerable<ChatDelta> DeltasAsync()
    {
        yield return new ChatDelta { Text = "one " };
        await Task.Yield();
        yield return new ChatDelta { Text = "two ", TextOffset = 4 };
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
