using System.Text.Json;
using LlmStream.AspNetCore.Diagnostics;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmStream.AspNetCore.Serving;

/// <summary>The endpoint of a relay: reads the request, and has it answered.</summary>
internal sealed class RelayEndpoint(IRequestRelay relay, ChatRelayOptions options)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        bool isGet = HttpMethods.IsGet(http.Request.Method);
        if (isGet && await relay.TryReconnectAsync(http).ConfigureAwait(false)) return;

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

        await relay.RelayAsync(http, parsed, wire).ConfigureAwait(false);
    }

    private static ChatWire Recognize(JsonElement body) =>
        ChatWire.All.FirstOrDefault(candidate => candidate.Matches(body)) ?? throw new InvalidRelayRequestException(
            "The body is not a chat request. It must have UI messages, AG-UI's threadId and runId, OpenAI's messages, "
            + "or \"message\", a string.");

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
