using LlmStream.Relay.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmStream.Relay.DependencyInjection;

/// <summary>Takes over streams whose producers are gone, while the application runs.</summary>
internal sealed class TakeOverService(
    ChatStreamRelay relay,
    ClientNames clients,
    IOptions<KeptStreamOptions> options,
    IHostApplicationLifetime lifetime,
    ILoggerFactory? loggers = null) : IHostedService
{
    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("LlmStream.Relay");
    private Task _running = Task.CompletedTask;

    /// <summary>Whether other nodes have the store. Memory is shared only if the application says so.</summary>
    public static bool IsShared(IChatStreamStore store, KeptStreamOptions options) =>
        options.IsStoreShared || store is not MemoryChatStreamStore;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsShared(relay.Store, options.Value)) return Task.CompletedTask;
        if (!relay.StoresRequests) _logger.RequestsNotStored();
        // Cancelled before the servers stop: a node that shuts down must not take over anything.
        if (options.Value.TakesOver)
            _running = Task.Run(() => relay.RunTakeOversAsync(clients.FindFor, lifetime.ApplicationStopping), CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _running.WaitAsync(cancellationToken);
}
