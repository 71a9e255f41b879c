using System.Collections.Concurrent;
using System.Net;
using LlmStream.Relay;
using LlmStream.Relay.Tests.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>
/// Two nodes over one store, whose clock the test advances. The provider of the first stops after some events; that of the second
/// continues.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly MemoryChatStreamStore _store;
    private TimeSpan _shutdownTimeout;

    private Cluster(string answer, int heldAfter)
    {
        _store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { TimeProvider = Clock });
        FirstStore = new FaultyStore(_store);
        Provider = new HoldingHandler(answer, heldAfter);
        Continuation = new ContinuingHandler(answer);
    }

    public FakeTimeProvider Clock { get; } = new();

    /// <summary>The store as the first node has it.</summary>
    public FaultyStore FirstStore { get; }

    public HoldingHandler Provider { get; }

    public ContinuingHandler Continuation { get; }

    public KeptNode First { get; private set; } = null!;

    public KeptNode Second { get; private set; } = null!;

    /// <summary>What each node reported, with its number.</summary>
    public ConcurrentQueue<(int Node, ChatRelayResult Result)> Finished { get; } = new();

    /// <summary>Starts a cluster.</summary>
    /// <param name="answer">The name of the scripted answer.</param>
    /// <param name="heldAfter">After how many events the first provider is silent.</param>
    /// <param name="build">Registers services of a node, by its number.</param>
    /// <param name="clientKey">The key under which the client is registered, or null.</param>
    /// <param name="isProtected">Whether requests are encrypted by the application's Data Protection, if it has any.</param>
    /// <param name="shutdownTimeout">How long answers may go on when a node shuts down. Default: 2 seconds.</param>
    public static async Task<Cluster> StartAsync(
        string answer, int heldAfter, Action<int, WebApplicationBuilder>? build = null, string? clientKey = null, bool isProtected = false,
        TimeSpan? shutdownTimeout = null)
    {
        var cluster = new Cluster(answer, heldAfter) { _shutdownTimeout = shutdownTimeout ?? TimeSpan.FromSeconds(2) };
        var cookies = new CookieContainer();
        cluster.First = await cluster.StartNodeAsync(1, cluster.FirstStore, cluster.Provider, build, clientKey, isProtected, cookies);
        cluster.Second = await cluster.StartNodeAsync(
            2, new FaultyStore(cluster._store), cluster.Continuation, build, clientKey, isProtected, cookies);
        using (await cluster.Second.GetAsync("/api/chat/chat-1/stream"))
        {
            // The browser has its cookie, for both nodes.
        }

        return cluster;
    }

    /// <summary>Asks the first node, and waits until its provider is silent and all is stored.</summary>
    public async Task<HttpResponseMessage> AskAsync(string wire, int records)
    {
        HttpResponseMessage response = await First.AskAsync(wire).WaitAsync(TimeSpan.FromSeconds(30));
        await FirstStore.WaitForRecordAsync(records, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        return response;
    }

    /// <summary>Waits until deltas of the first provider are stored.</summary>
    public async Task WaitForDeltasAsync(string streamId, IEnumerable<ChatDelta> deltas)
    {
        int left = deltas.Sum(LengthOf);
        await foreach (ChatDelta delta in Second.Relay.ReadDeltasAsync(streamId))
        {
            left -= LengthOf(delta); // several may have become one
            if (left <= 0) return;
        }

        static int LengthOf(ChatDelta delta) => delta.Text.Length + delta.Reasoning.Length
            + delta.ToolCalls.Sum(call => (call.Id?.Length ?? 0) + (call.Name?.Length ?? 0) + call.Arguments.Length);
    }

    /// <summary>The first node dies: nothing that it does reaches the store any more.</summary>
    public void KillFirst()
    {
        FirstStore.DiesAfter = 0;
        ExpireLeases();
    }

    public void ExpireLeases() => Clock.Advance(_store.Options.LeaseDuration + TimeSpan.FromSeconds(1));

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        _store.Dispose();
    }

    private Task<KeptNode> StartNodeAsync(
        int number, IChatStreamStore store, HttpMessageHandler provider, Action<int, WebApplicationBuilder>? build, string? clientKey,
        bool isProtected, CookieContainer cookies)
    {
        var client = new LlmStreamClient(new HttpClient(provider), new LlmStreamOptions
        {
            Provider = LlmProvider.CreateOpenAICompatible(new Uri("http://localhost/v1/")),
            Model = "m",
        });
        return KeptNode.StartAsync(
            app => app.MapChatRelay(
                "/api/chat",
                (ChatRelayRequest chat, CancellationToken stopped) => client.StreamAsync(chat.Messages, chat.Options, stopped),
                options =>
                {
                    options.ShutdownTimeout = _shutdownTimeout;
                    options.OnFinished = result =>
                    {
                        Finished.Enqueue((number, result));
                        return Task.CompletedTask;
                    };
                }),
            options => options.Relay = options.Relay with
            {
                PollInterval = TimeSpan.FromMilliseconds(20),
                RequestProtector = isProtected ? null : ChatRequestProtector.None,
            },
            relay => relay.UseStore((_, _) => store),
            build: builder =>
            {
                if (clientKey is null) builder.Services.AddSingleton(client);
                else builder.Services.AddKeyedSingleton(clientKey, client);
                build?.Invoke(number, builder);
            },
            cookies: cookies);
    }
}
