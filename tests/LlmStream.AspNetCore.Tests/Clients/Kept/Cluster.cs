using System.Runtime.CompilerServices;
using LlmStream.DependencyInjection;
using LlmStream.Relay;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Tests.Clients.Kept;

/// <summary>Two nodes of an application over one store, in front of one scripted provider.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly MemoryChatStreamStore _store;

    private Cluster(ScriptedLlmServer provider, MemoryChatStreamStore store) => (Provider, _store) = (provider, store);

    public ScriptedLlmServer Provider { get; }

    public Node First { get; private set; } = null!;

    public Node Second { get; private set; } = null!;

    public static async Task<Cluster> StartAsync(Script script, ClusterOptions? options = null)
    {
        options ??= new ClusterOptions();
        var store = new MemoryChatStreamStore(new MemoryChatStreamStoreOptions { LeaseDuration = options.LeaseDuration });
        var cluster = new Cluster(await ScriptedLlmServer.StartAsync(script), store);
        cluster.First = await Node.StartAsync(cluster.Provider, store, options);
        cluster.Second = await Node.StartAsync(cluster.Provider, store, options);
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await Provider.DisposeAsync();
        _store.Dispose();
    }
}

/// <summary>How a cluster answers.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Answers wait after this text until <see cref="Gate"/> is open; null means that the answer is the provider's, unaltered.</summary>
    public string? HoldAfter { get; init; }

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether what the client sent is stored, in the clear; otherwise it is not stored at all.</summary>
    public bool StoresRequests { get; init; } = true;

    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>One node.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly NodeStore _store;
    private readonly CancellationTokenSource _lost;

    private Node(WebApplication app, NodeStore store, CancellationTokenSource lost, Uri address) =>
        (_app, _store, _lost, Address) = (app, store, lost, address);

    public Uri Address { get; }

    public Uri Chat => new(Address, "/api/chat");

    public Uri OpenAI => new(Address, "/v1");

    public static async Task<Node> StartAsync(ScriptedLlmServer provider, IChatStreamStore shared, ClusterOptions options)
    {
        var store = new NodeStore(shared);
        var lost = new CancellationTokenSource();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddLlmStream(llm =>
        {
            llm.Provider = LlmProvider.CreateOpenAICompatible(new Uri(provider.BaseAddress, "v1/"));
            llm.Model = "scripted";
            llm.Retry = LlmRetryOptions.Off;
        });
        builder.Services.AddChatRelay(kept => kept.Relay = kept.Relay with
        {
            PollInterval = TimeSpan.FromMilliseconds(50),
            RequestProtector = options.StoresRequests ? ChatRequestProtector.None : null,
        }).UseStore((_, _) => store);
        WebApplication app = builder.Build();
        app.Use(async (http, next) =>
        {
            using CancellationTokenRegistration abort = lost.Token.Register(http.Abort);
            await next(http);
        });
        foreach (string path in new[] { "/api/chat", "/v1/chat/completions" })
            app.MapChatRelay(path, Answer, relay => relay.AllowGet = true);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new Node(app, store, lost, new Uri(address));

        IAsyncEnumerable<ChatDelta> Answer(ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped)
        {
            chat.Options.Tools = [.. chat.Tools];
            IAsyncEnumerable<ChatDelta> answer = llm.StreamAsync(chat.Messages, chat.Options, stopped);
            return options.HoldAfter is { } text ? Hold(answer, text, options.Gate.Task, stopped) : answer;
        }
    }

    /// <summary>Loses the node, as <c>kill -9</c> does: its connections break, and it reaches the store no more.</summary>
    public void Lose()
    {
        _store.Lose();
        _lost.Cancel();
    }

    /// <summary>Shuts the node down.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        // The streams that a test left are not to be waited for.
        Lose();
        await _app.DisposeAsync();
        _lost.Dispose();
    }

    private static async IAsyncEnumerable<ChatDelta> Hold(
        IAsyncEnumerable<ChatDelta> answer, string text, Task gate, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ChatDelta delta in answer.WithCancellation(cancellationToken))
        {
            yield return delta;
            if (delta.TextOffset + delta.Text.Length == text.Length) await gate.WaitAsync(cancellationToken);
        }
    }
}
