using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Begins to read the response of an attempt.</summary>
internal static class AttemptSession
{
    /// <param name="response">The response.</param>
    /// <param name="body">Its body.</param>
    /// <param name="watch">Watches the waits for the body.</param>
    /// <param name="call">The call that the attempt belongs to.</param>
    /// <param name="request">The request.</param>
    /// <param name="paused">The state of the attempt that broke off, if its answer is replayed; otherwise null.</param>
    public static ReadSession Begin(
        HttpResponseMessage response, Stream body, ReadWatch watch, CallContext call, ChatRequest request, PausedAnswer? paused)
    {
        bool mayBeReplayed = ContinuationStrategy.MayReplay(call.Options.Resume, request);
        if (paused is null)
        {
            var session = new ReadSession(body, call.Options.Provider.Dialect, call.Options.Read, watch)
            {
                MayBeReplayed = mayBeReplayed, Cursor = BeginCursor(response, request),
            };
            session.Decoder.SharedTemplates = call.Templates;
            return session;
        }

        // After a replay of other bytes, the position in the stream that the server keeps is not known.
        ReplayCursor? cursor = request.IsFromServer ? paused.Cursor : null;
        cursor?.BeginReplay();
        paused.Decoder.BeginReplay();
        return new ReadSession(body, paused.Decoder, call.Options.Read, watch) { MayBeReplayed = mayBeReplayed, Cursor = cursor };
    }

    /// <summary>The position in the stream that begins; null if the server does not keep it.</summary>
    private static ReplayCursor? BeginCursor(HttpResponseMessage response, ChatRequest request)
    {
        string? id = request.KeptId;
        if (request.Protocol?.ResponseIdHeader is { } header && response.Headers.TryGetValues(header, out IEnumerable<string>? values))
            id = values.FirstOrDefault();
        return string.IsNullOrEmpty(id) || request.Protocol is null ? null : new ReplayCursor(request.Protocol, id);
    }
}
