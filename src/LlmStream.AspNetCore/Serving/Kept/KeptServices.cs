using LlmStream.Relay;
using LlmStream.Relay.DependencyInjection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>What the endpoints of one relay share, if its streams are kept.</summary>
internal sealed class KeptServices
{
    private readonly IServiceProvider _services;
    private readonly Lazy<ChatStreamRelay> _relay;
    private readonly CancellationTokenSource _deadline = new();

    public KeptServices(IServiceProvider services, string endpoint, RelayHandler handler, ChatRelayOptions options)
    {
        _services = services;
        Endpoint = endpoint;
        Handler = handler;
        Options = options;
        _relay = new(services.GetRequiredService<ChatStreamRelay>);
        Local = services.GetRequiredService<LocalStreams>();
        Scopes = services.GetRequiredService<IServiceScopeFactory>();
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("LlmStream.AspNetCore");
        Stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        Stopping.Register(LimitShutdown);
    }

    /// <summary>
    /// The route pattern, which tells the endpoints of an application apart on every node. Complete once the endpoints have been built,
    /// which routing does for the first request.
    /// </summary>
    public string Endpoint { get; set; }

    public RelayHandler Handler { get; }

    public ChatRelayOptions Options { get; }

    public ChatStreamRelay Relay => _relay.Value;

    public LocalStreams Local { get; }

    public IServiceScopeFactory Scopes { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Cancelled when the server begins to shut down.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Cancelled when the time for answers that cannot be handed over is over.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>The wire of a stream's readers if they do not choose one: that of the endpoint, or the one with which it began.</summary>
    public ChatWire WireOf(KeptMetadata metadata) =>
        Options.Wire ?? ChatWire.All.FirstOrDefault(wire => wire.Name == metadata.Wire) ?? ChatWire.Json;

    /// <summary>Has the endpoints built, also if there was no request yet.</summary>
    public void CompleteEndpoint() => _ = _services.GetService<EndpointDataSource>()?.Endpoints;

    private void LimitShutdown() => _ = LimitShutdownAsync();

    private async Task LimitShutdownAsync()
    {
        await Task.Delay(Options.ShutdownTimeout, Time).ConfigureAwait(false);
        await _deadline.CancelAsync().ConfigureAwait(false);
    }
}
