using System.Collections.Concurrent;
using System.Net;
using LlmStream.Redis.Tests.Fakes;
using LlmStream.Relay;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>Two nodes over one store, and a browser that knows both. The test decides which answers a conversation gets.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<SteppedAnswer>> _answers = new(StringComparer.Ordinal);
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly ConcurrentDictionary<string, int> _finished = new(StringComparer.Ordinal);
    private int _conversations;

    private TwoNodes(Func<Task> expire) => ExpireAsync = expire;

    public KeptNode First { get; private set; } = null!;

    public KeptNode Second { get; private set; } = null!;

    public SlowReaders SlowReaders { get; } = new();

    /// <summary>Lets all streams expire.</summary>
    public Func<Task> ExpireAsync { get; }

    /// <summary>Starts nodes over a store in memory.</summary>
    public static async Task<TwoNodes> InMemoryAsync()
    {
        var clock = new FakeTimeProvider();
        var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = clock });
        var nodes = new TwoNodes(() =>
        {
            clock.Advance(TimeSpan.FromHours(1));
            return Task.CompletedTask;
        });
        await nodes.StartAsync(relay => relay.UseStore((_, _) => store));
        return nodes;
    }

    /// <summary>Starts nodes over a store in Redis, each with a connection of its own.</summary>
    public static async Task<TwoNodes> InRedisAsync(RedisProcess server)
    {
        // All keys of a stream expire at the same time.
        var nodes = new TwoNodes(() => server.CallAsync("FLUSHALL"));
        ConnectionMultiplexer[] connections = [await server.ConnectAsync(), await server.ConnectAsync()];
        nodes._owned.AddRange(connections);
        int count = 0;
        await nodes.StartAsync(relay => relay.UseRedis(connections[count++]));
        return nodes;
    }

    /// <summary>A conversation that has not begun.</summary>
    public string NewConversation() => $"chat-{++_conversations}";

    /// <summary>The next answer that a conversation gets.</summary>
    public SteppedAnswer Prepare(string conversation, IReadOnlyList<ChatDelta> deltas)
    {
        var answer = new SteppedAnswer(deltas);
        _answers.GetOrAdd(conversation, _ => new()).Enqueue(answer);
        return answer;
    }

    /// <summary>How many answers of a conversation were not asked for.</summary>
    public int CountUnused(string conversation) => _answers[conversation].Count;

    /// <summary>Waits until the application has learned of the end of some answers of a conversation, each once.</summary>
    public async Task WaitForReportsAsync(string conversation, int count)
    {
        using var timeout = new CancellationTokenSource(SteppedReader.Bound);
        while (_finished.GetValueOrDefault(conversation) < count) await Task.Delay(1, timeout.Token);
        Assert.Equal(count, _finished[conversation]);
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        foreach (IAsyncDisposable owned in _owned) await owned.DisposeAsync();
    }

    private async Task StartAsync(Func<IChatRelayBuilder, IChatRelayBuilder> useStore)
    {
        var cookies = new CookieContainer();
        First = await StartNodeAsync(useStore, cookies);
        Second = await StartNodeAsync(useStore, cookies);
        using (await First.GetAsync("/api/chat/none/stream"))
        {
            // The browser has its cookie, for both nodes.
        }
    }

    private Task<KeptNode> StartNodeAsync(Func<IChatRelayBuilder, IChatRelayBuilder> useStore, CookieContainer cookies) =>
        KeptNode.StartAsync(
            app =>
            {
                SlowReaders.Use(app);
                app.MapChatRelay(
                    "/api/chat",
                    (ChatRelayRequest chat, CancellationToken stopped) =>
                        _answers[chat.ConversationId!].TryDequeue(out SteppedAnswer? answer)
                            ? answer.StreamAsync(stopped)
                            : throw new InvalidOperationException("An answer was generated that nobody asked for."),
                    options =>
                    {
                        options.CanResumeFinished = true;
                        options.OnFinished = result =>
                        {
                            _finished.AddOrUpdate(result.Request!.ConversationId!, 1, (_, count) => count + 1);
                            return Task.CompletedTask;
                        };
                    });
            },
            options => options.Relay = options.Relay with { PollInterval = TimeSpan.FromMilliseconds(50) },
            useStore,
            cookies: cookies);
}
