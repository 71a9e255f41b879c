using LlmStream.AspNetCore.Wires;
using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary><c>GET {route}/{id}/stream</c>: sends a stream again, or what follows the last event that the client has.</summary>
internal sealed class ResumeEndpoint(KeptServices kept, KeptReader reader, KeptLookup lookup)
{
    /// <summary>Answers a request. Never begins a stream.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        string owner = StreamOwner.Of(http, kept.Options);
        ChatWire? chosen = kept.Options.Wire;
        if (http.Request.Query["wire"].ToString() is { Length: > 0 } name)
        {
            ChatWire? named = ChatWire.All.FirstOrDefault(wire => wire.Name == name);
            if (named is null)
            {
                var failure = new WireFailure("invalid_request", $"There is no wire \"{name}\".", StatusCodes.Status400BadRequest);
                await ErrorResponse.WriteAsync(http, chosen, failure).ConfigureAwait(false);
                return;
            }

            // The endpoint's own may be for certain versions of the client.
            if (chosen?.Name != named.Name) chosen = named;
        }

        (ChatStreamStatus Stream, KeptMetadata Metadata)? found;
        try
        {
            found = await lookup.FindAsync(http, owner).ConfigureAwait(false);
        }
        catch (ChatStreamException exception)
        {
            await ErrorResponse.WriteAsync(http, chosen, FailureDescription.Of(exception, kept.Options, kept.Logger)).ConfigureAwait(false);
            return;
        }
        catch (OperationCanceledException)
        {
            return; // The client left.
        }

        if (found is not var (stream, metadata) || !TryReadPosition(http.Request, out EventPosition after))
        {
            await WriteNothingAsync(http, chosen).ConfigureAwait(false);
            return;
        }

        var how = new ReadSettings { Wire = chosen ?? kept.WireOf(metadata), Origin = ReadSettings.Resumed, After = after };
        await reader.SendAsync(http, stream, metadata, how).ConfigureAwait(false);
    }

    /// <returns>False if the client already has the end of the stream, or its position is invalid.</returns>
    private static bool TryReadPosition(HttpRequest request, out EventPosition after)
    {
        after = default;
        string text = request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0) text = request.Query["after"].ToString();
        return text.Length == 0 || (EventPosition.TryParse(text, out after) && !after.IsEnd);
    }

    /// <summary>
    /// Nothing to resume. <c>useChat</c> expects 204; for an endpoint of any wire that is the answer, because a stream that
    /// is unknown, or belongs to another owner, has no wire.
    /// </summary>
    private static Task WriteNothingAsync(HttpContext http, ChatWire? wire)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (wire is null || wire.Name == ChatWire.UIMessages.Name)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        var failure = new WireFailure("not_found", "There is no answer to resume.", StatusCodes.Status404NotFound);
        return ErrorResponse.WriteAsync(http, wire, failure);
    }
}
