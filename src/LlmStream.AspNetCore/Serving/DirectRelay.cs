using LlmStream.AspNetCore.Diagnostics;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.AspNetCore.Serving;

/// <summary>Relays answers that are not kept: each lives as long as its request.</summary>
internal sealed class DirectRelay(RelayHandler handler, ChatRelayOptions options) : IRequestRelay
{
    public ValueTask<bool> TryReconnectAsync(HttpContext http) => new(EventSourceRequest.EndsReconnection(http));

    public async Task RelayAsync(HttpContext http, ParsedRequest parsed, ChatWire wire)
    {
        ChatRelayRequest request = parsed.Request.With(http.User, wire);
        TimeProvider time = http.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System;
        WireContext context = WireContext.Of(request, parsed, time);
        AsyncServiceScope scope = http.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        try
        {
            var response = new RelayResponse(http, request.Wire, context, options)
            {
                Request = request,
                Services = scope.ServiceProvider,
                IsStreaming = parsed.IsStreaming ?? EventSourceRequest.AcceptsEventStream(http.Request),
                EventId = HttpMethods.IsGet(http.Request.Method) ? context.MessageId : null,
            };
            await response.RunAsync(stopped => handler(scope.ServiceProvider, request, stopped)).ConfigureAwait(false);
        }
        finally
        {
            await DisposeAsync(scope, http).ConfigureAwait(false);
        }
    }

    private static async ValueTask DisposeAsync(AsyncServiceScope scope, HttpContext http)
    {
        try
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The response has ended; the server would abort its connection.
            ILoggerFactory loggers = http.RequestServices.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
            loggers.CreateLogger("LlmStream.AspNetCore").ScopeDisposeFailed(exception);
        }
    }
}
