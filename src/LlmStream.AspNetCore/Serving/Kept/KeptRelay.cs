using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// Answers requests whose streams are kept: begins a stream and produces it in the background, or joins the one that the same request has
/// begun; and reads it from the store, as every other reader does.
/// </summary>
internal sealed class KeptRelay(
    KeptServices kept, KeptReader reader, KeptProduction production, KeptLookup lookup, RunReference runs) : IRequestRelay
{
    /// <summary>Continues after the last event that an <c>EventSource</c> has; without a stream it is told to stop (204).</summary>
    public async ValueTask<bool> TryReconnectAsync(HttpContext http)
    {
        string lastId = http.Request.Headers["Last-Event-ID"].ToString();
        if (lastId.Length == 0) return false;
        string owner = StreamOwner.Of(http, kept.Options);
        if (!EventPosition.TryParse(lastId, out EventPosition after) || after.IsEnd || after.StreamId is null
            || await lookup.TryGetAsync(after.StreamId, owner, http.RequestAborted).ConfigureAwait(false) is not var (stream, metadata))
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return true;
        }

        var how = new ReadSettings
        {
            Wire = kept.WireOf(metadata),
            Origin = ReadSettings.Resumed,
            After = after,
            IsEventSource = true,
            FirstEventId = lastId,
        };
        await reader.SendAsync(http, stream, metadata, how).ConfigureAwait(false);
        return true;
    }

    public async Task RelayAsync(HttpContext http, ParsedRequest parsed, ChatWire wire)
    {
        string owner = StreamOwner.Of(http, kept.Options);
        bool isGet = HttpMethods.IsGet(http.Request.Method);
        ChatWire form = parsed.Request.Wire;
        ChatRelayRequest request = parsed.Request.With(http.User, wire, StreamKey.ConversationIdOf(http.Request));
        var metadata = new KeptMetadata
        {
            Endpoint = kept.Endpoint,
            Wire = wire.Name,
            ConversationId = request.ConversationId,
            Context = WireContext.Of(request, parsed, kept.Time),
            ContinuedParts = ContinuedMessage.PartsOf(request, form) is { } parts ? kept.Relay.TryProtect(parts) : null,
        };
        var how = new ReadSettings
        {
            Wire = wire,
            Origin = "begun",
            IsStreaming = parsed.IsStreaming ?? EventSourceRequest.AcceptsEventStream(http.Request),
            IsEventSource = isGet,
        };
        ChatStreamBeginResult begun;
        try
        {
            // Another server can still give a whole answer.
            if (kept.Stopping.IsCancellationRequested) throw RelayError.Create(ChatStreamRelayError.ServerShutdown);
            begun = await BeginAsync(owner, StreamKey.Of(http, kept.Endpoint, form, request), request, metadata).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ChatStreamException or OperationCanceledException)
        {
            await reader.SendFailureAsync(http, metadata.Context, how, exception).ConfigureAwait(false);
            return;
        }

        if (begun is { SupersededOutcome: ChatStreamStopOutcome.Canceled, SupersededStreamId: { } superseded })
            production.ReportSuperseded(superseded);
        ChatStreamStatus stream = begun.Status!;
        if (begun.Lease is { } lease)
        {
            production.Start(owner, lease, request, form, metadata);
            if (request.RunId is { Length: > 0 } runId) await runs.AddAsync(owner, runId, stream.StreamId).ConfigureAwait(false);
        }
        else
        {
            metadata = KeptMetadata.Read(stream.Metadata) ?? metadata;
            how = how with { Origin = stream.Verdict is null ? "joined" : "replayed" };
        }

        await reader.SendAsync(http, stream, metadata, how with { FirstEventId = $"{stream.StreamId}/{stream.Epoch}-0" })
            .ConfigureAwait(false);
    }

    /// <summary>Begins or joins a stream.</summary>
    /// <exception cref="ChatStreamCanceledException">The request was stopped before it came.</exception>
    /// <exception cref="ChatStreamException">The store is full, or unavailable.</exception>
    private async Task<ChatStreamBeginResult> BeginAsync(
        string owner, StreamKey key, ChatRelayRequest request, KeptMetadata metadata)
    {
        // Not cancelled if the client leaves: the stream may have begun, and would have no producer.
        ChatStreamBeginResult begun = await kept.Relay.BeginAsync(new ChatStreamBeginRequest
        {
            Owner = owner,
            Conversation = key.Conversation,
            Digest = key.Digest,
            StartsAnew = request.IsRegeneration,
            Metadata = metadata.Write(),
        }).ConfigureAwait(false);
        return begun.Outcome switch
        {
            ChatStreamBeginOutcome.Stopped => throw new ChatStreamCanceledException(ChatStreamResult.Empty),
            ChatStreamBeginOutcome.StoreFull => throw RelayError.Create(ChatStreamRelayError.StoreFull),
            _ => begun,
        };
    }
}
