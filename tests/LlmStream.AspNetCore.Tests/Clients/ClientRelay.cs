using System.Runtime.CompilerServices;
using LlmStream.AspNetCore.Tests.Serving;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.AspNetCore.Tests.Clients;

/// <summary>A relay for a client, in front of a scripted provider. It relays one answer.</summary>
internal sealed class ClientRelay : IAsyncDisposable
{
    private readonly RelayApp _app;
    private readonly TaskCompletionSource<ChatRelayResult> _finished;

    private ClientRelay(RelayApp app, TaskCompletionSource<ChatRelayResult> finished) => (_app, _finished) = (app, finished);

    /// <summary>The endpoint for clients whose wire is recognized by the body.</summary>
    public Uri Chat => new(_app.Address, "/api/chat");

    /// <summary>The base address for OpenAI's clients.</summary>
    public Uri OpenAI => new(_app.Address, "/v1");

    /// <summary>The provider.</summary>
    public ScriptedLlmServer Provider => _app.Provider;

    /// <summary>How the first answer ended, as the application sees it.</summary>
    public Task<ChatRelayResult> Finished => _finished.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public static async Task<ClientRelay> StartAsync(Script script, Options? options = null)
    {
        options ??= new Options();
        var finished = new TaskCompletionSource<ChatRelayResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        RelayApp app = await RelayApp.StartAsync(
            script,
            app =>
            {
                foreach (string path in new[] { "/api/chat", "/v1/chat/completions" }) Map(app, path, options, finished);
            },
            llm =>
            {
                llm.Retry = new LlmRetryOptions { MaxRetries = options.Resume ? 1 : 0, BaseDelay = TimeSpan.Zero };
                llm.Resume = options.Resume ? new LlmResumeOptions() : LlmResumeOptions.Off;
            },
            build: builder =>
            {
                if (options.Tool is not { } tool) return;
                builder.Services.AddChatClient(services => services.GetRequiredService<LlmStreamClient>().AsIChatClient())
                    .ConfigureOptions(chat => chat.Tools = [tool])
                    .UseFunctionInvocation();
            });
        return new ClientRelay(app, finished);
    }

    /// <summary>Shuts the relay down.</summary>
    public Task StopAsync() => _app.App.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Map(WebApplication app, string path, Options options, TaskCompletionSource<ChatRelayResult> finished)
    {
        if (options.Tool is not null)
        {
            app.MapChatRelay(
                path,
                (ChatRelayRequest chat, IChatClient any, CancellationToken stopped) =>
                    any.GetStreamingResponseAsync(chat.Messages, chat.Options, stopped),
                Configure);
            return;
        }

        app.MapChatRelay(
            path,
            (ChatRelayRequest chat, LlmStreamClient llm, CancellationToken stopped) =>
            {
                chat.Options.Tools = [.. chat.Tools];
                return After(options.Start, llm.StreamAsync(chat.Messages, chat.Options, stopped), stopped);
            },
            Configure);

        void Configure(ChatRelayOptions relay)
        {
            options.Relay?.Invoke(relay);
            relay.OnFinished = result =>
            {
                finished.TrySetResult(result);
                return Task.CompletedTask;
            };
        }
    }

    private static async IAsyncEnumerable<ChatDelta> After(
        Task start, IAsyncEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await start.WaitAsync(cancellationToken);
        await foreach (ChatDelta delta in deltas.WithCancellation(cancellationToken)) yield return delta;
    }

    /// <summary>What differs between relays.</summary>
    public sealed record Options
    {
        /// <summary>Whether answers that break off are resumed.</summary>
        public bool Resume { get; init; }

        /// <summary>A tool that runs in the relay.</summary>
        public AITool? Tool { get; init; }

        /// <summary>The handler waits for this.</summary>
        public Task Start { get; init; } = Task.CompletedTask;

        /// <summary>The relay's options.</summary>
        public Action<ChatRelayOptions>? Relay { get; init; }
    }
}
