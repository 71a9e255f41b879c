using LlmStream.Relay.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmStream.Relay.DependencyInjection;

/// <summary>
/// Takes over streams whose producers are gone, while the application runs; when it shuts down, waits for the streams of this node.
/// </summary>
internal sealed class TakeOverService(
    ChatStreamRelay relay,
    ClientNames clients,
    LocalStreams local,
    IOptions<KeptStreamOptions> options,
    IHostApplicationLifetime lifetime,
    ILoggerFactory? loggers = null) : IHostedService
{
    private readonly ILogger _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("LlmStream.Relay");
    private Task _running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!relay.IsStoreShared) return Task.CompletedTask;
        if (!relay.StoresRequests) _logger.RequestsNotStored();
        // Cancelled before the servers stop: a node that shuts down must not take over anything.
        CancellationToken stopping = lifetime.ApplicationStopping;
        if (options.Value.TakesOver)
            _running = Task.Run(() => relay.RunReportedTakeoversAsync(clients.FindFor, local.TakeOverAsync, stopping));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_running, local.WhenAllEndedAsync()).WaitAsync(cancellationToken);
}
