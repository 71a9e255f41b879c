using System.Text.Json;
using LlmStream.AspNetCore.Requests;
using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// <c>POST {route}/{id}/stop</c> and <c>DELETE {route}/{id}</c>: stop a stream, on whichever node it is produced. Always answered alike
/// (204), so that nothing can be learned about the streams of others.
/// </summary>
/// <remarks>
/// A stop that comes before its stream has begun is remembered if it names the request: by the same <c>Idempotency-Key</c>, or by the body
/// of the request, sent again. An id alone is not enough, because the next turn of the conversation has the same.
/// </remarks>
internal sealed class StopEndpoint(KeptServices kept, KeptLookup lookup, KeptProduction production)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        string owner = StreamOwner.Of(http, kept.Options);
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            JsonElement body = http.Request.HasJsonContentType() && http.Request.ContentLength is not 0
                ? await RequestBody.ReadAsync(http, kept.Options).ConfigureAwait(false)
                : default;
            if (KeyOf(http, body) is { } key)
            {
                await StopAsync(owner, key, http.RequestAborted).ConfigureAwait(false);
            }
            else
            {
                await StopAsync(http, owner, body).ConfigureAwait(false);
            }

            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (InvalidRelayRequestException invalid)
        {
            var failure = new Wires.WireFailure("invalid_request", invalid.Message, invalid.Status) { Parameter = invalid.Parameter };
            await ErrorResponse.WriteAsync(http, kept.Options.Wire, failure).ConfigureAwait(false);
        }
        catch (ChatStreamException exception)
        {
            await ErrorResponse.WriteAsync(http, kept.Options.Wire, FailureDescription.Of(exception, kept.Options, kept.Logger))
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }

    private async Task StopAsync(HttpContext http, string owner, JsonElement body)
    {
        if (await lookup.FindAsync(http, owner).ConfigureAwait(false) is not var (stream, metadata)) return;
        // The name of the AI SDK's documentation. A stop for an earlier turn does nothing.
        if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("activeStreamId"u8, out JsonElement active)
            && active.ValueKind == JsonValueKind.String && active.GetString() != stream.StreamId)
        {
            return;
        }

        ChatStreamStopOutcome outcome = await kept.Relay.CallAsync(
            (store, token) => store.RequestStopAsync(stream.StreamId, EpochOf(http.Request), token), http.RequestAborted)
            .ConfigureAwait(false);
        if (outcome == ChatStreamStopOutcome.Canceled) await production.StoppedAsync(stream, metadata).ConfigureAwait(false);
    }

    private async Task StopAsync(string owner, StreamKey key, CancellationToken cancellationToken)
    {
        ChatStreamStopOutcome outcome = await kept.Relay.CallAsync(
            (store, token) => store.RequestStopAsync(owner, key.Conversation, key.Digest, token), cancellationToken)
            .ConfigureAwait(false);
        if (outcome != ChatStreamStopOutcome.Canceled) return;
        ChatStreamStatus? stream = await kept.Relay.CallAsync(
            (store, token) => store.FindAsync(owner, key.Conversation, token), CancellationToken.None).ConfigureAwait(false);
        // An earlier turn was stopped when the next one began.
        if (stream?.Digest == key.Digest && KeptMetadata.Read(stream.Metadata) is { } metadata)
            await production.StoppedAsync(stream, metadata).ConfigureAwait(false);
    }

    // The epoch alone, or the id of an event.
    private static string? EpochOf(HttpRequest request)
    {
        string text = request.Query["epoch"].ToString();
        return text.Length == 0 ? null : EventPosition.TryParse(text, out EventPosition position) ? position.Delta.Epoch : text;
    }

    /// <summary>The key of the request that is to be stopped, if this request names it; else null.</summary>
    private StreamKey? KeyOf(HttpContext http, JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.Object && ChatWire.All.FirstOrDefault(wire => wire.Matches(body)) is { } form)
        {
            ChatRelayRequest request = form.ReadRequest(body).Request.With(http.User, form, StreamKey.ConversationIdOf(http.Request));
            return StreamKey.Of(http, kept.Endpoint, form, request);
        }

        // The id is that of the conversation, or if the client has none, the key.
        if (StreamKey.DigestOf(http.Request) is not { } digest) return null;
        string id = KeptLookup.IdOf(http);
        bool isKey = id == http.Request.Headers["Idempotency-Key"].ToString();
        return new StreamKey(StreamKey.Candidates(kept.Endpoint, id).ElementAt(isKey ? 1 : 0), digest);
    }
}
