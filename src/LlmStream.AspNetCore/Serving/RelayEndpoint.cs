using System.Text.Json;
using LlmStream.AspNetCore.Diagnostics;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.AspNetCore.Serving;

/// <summary>The endpoint of a relay: reads the request, runs the handler in a scope of its own, and relays its answer.</summary>
internal sealed class RelayEndpoint(RelayHandler handler, ChatRelayOptions options)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        bool isGet = HttpMethods.IsGet(http.Request.Method);
        if (EventSourceRequest.EndsReconnection(http)) return;

        ChatWire? wire = options.Wire;
        ParsedRequest parsed;
        try
        {
            JsonElement body = await RequestBody.ReadAsync(http, options).ConfigureAwait(false);
            // A query has only one form, whatever the wire of the answer.
            ChatWire form = isGet ? ChatWire.Json : wire ?? Recognize(body);
            wire ??= form;
            parsed = form.ReadRequest(body);
            Check(parsed.Request);
        }
        catch (InvalidRelayRequestException invalid)
        {
            LoggerOf(http).Refused(invalid.Status, invalid.Message);
            var failure = new WireFailure("invalid_request", invalid.Message, invalid.Status) { Parameter = invalid.Parameter };
            await ErrorResponse.WriteAsync(http, wire, failure).ConfigureAwait(false);
            return;
        }
        catch (OperationCanceledException)
        {
            return; // The client left.
        }

        await RelayAsync(http, parsed, wire, isGet).ConfigureAwait(false);
    }

    private static ChatWire Recognize(JsonElement body) =>
        ChatWire.All.FirstOrDefault(candidate => candidate.Matches(body)) ?? throw new InvalidRelayRequestException(
            "The body is not a chat request. It must have UI messages, AG-UI's threadId and runId, OpenAI's messages, "
            + "or \"message\", a string.");

    private async Task RelayAsync(HttpContext http, ParsedRequest parsed, ChatWire wire, bool isGet)
    {
        ChatRelayRequest request = parsed.Request.With(http.User, wire);
        TimeProvider time = http.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System;
        var context = new WireContext
        {
            MessageId = request.MessageId ?? NewId.Create(),
            ConversationId = request.ConversationId ?? NewId.Create(),
            RunId = request.RunId ?? NewId.Create(),
            Model = request.Model,
            Created = time.GetUtcNow(),
            IncludeUsage = parsed.IncludeUsage,
        };
        AsyncServiceScope scope = http.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        try
        {
            var response = new RelayResponse(http, request.Wire, context, options)
            {
                Request = request,
                Services = scope.ServiceProvider,
                IsStreaming = parsed.IsStreaming ?? EventSourceRequest.AcceptsEventStream(http.Request),
                EventId = isGet ? context.MessageId : null,
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
            LoggerOf(http).ScopeDisposeFailed(exception);
        }
    }

    private void Check(ChatRelayRequest request)
    {
        int count = request.Messages.Count + request.SystemMessages.Count;
        if (request.Messages.Count == 0) throw new InvalidRelayRequestException("There is no message to answer.");
        if (count > options.MaxMessages)
            throw new InvalidRelayRequestException($"There are {count} messages; at most {options.MaxMessages} are allowed.");
    }

    private static ILogger LoggerOf(HttpContext http) =>
        (http.RequestServices.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("LlmStream.AspNetCore");
}
