using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>Finds the stream that a client means, if it is the client's.</summary>
internal sealed class KeptLookup(KeptServices kept, RunReference runs)
{
    public const string RouteParameter = "chatStreamId";

    /// <summary>Finds the stream of a request by the id in its path.</summary>
    /// <returns><see langword="null"/> if the stream does not exist, or belongs to another owner.</returns>
    /// <exception cref="ChatStreamException">The store is unavailable.</exception>
    public Task<(ChatStreamStatus Stream, KeptMetadata Metadata)?> FindAsync(HttpContext http, string owner) =>
        FindAsync(IdOf(http), owner, http.Request.Query["runId"], http.RequestAborted);

    /// <summary>The id in the path.</summary>
    public static string IdOf(HttpContext http) =>
        // Routing decodes everything but the slash.
        ((string?)http.Request.RouteValues[RouteParameter] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds a stream by its own id; <see langword="null"/> if it does not exist, or belongs to another owner.</summary>
    /// <exception cref="ChatStreamException">The store is unavailable.</exception>
    public async Task<(ChatStreamStatus Stream, KeptMetadata Metadata)?> TryGetAsync(
        string streamId, string owner, CancellationToken cancellationToken)
    {
        ChatStreamStatus? stream = await kept.Relay.CallAsync(
            (store, token) => store.GetStatusAsync(streamId, token), cancellationToken).ConfigureAwait(false);
        if (stream is null || stream.Owner != owner) return null;
        return KeptMetadata.Read(stream.Metadata) is { } metadata ? (stream, metadata) : null;
    }

    private async Task<(ChatStreamStatus Stream, KeptMetadata Metadata)?> FindAsync(
        string id, string owner, string? runId, CancellationToken cancellationToken)
    {
        if (id.Length == 0) return null;
        if (await TryGetAsync(id, owner, cancellationToken).ConfigureAwait(false) is { } known) return known;
        foreach (string conversation in StreamKey.Candidates(kept.Endpoint, id))
        {
            ChatStreamStatus? stream = await kept.Relay.CallAsync(
                (store, token) => store.FindAsync(owner, conversation, token), cancellationToken).ConfigureAwait(false);
            if (stream is null || KeptMetadata.Read(stream.Metadata) is not { } metadata) continue;
            return string.IsNullOrEmpty(runId) || metadata.Context.RunId == runId ? (stream, metadata) : null;
        }

        return await runs.FindAsync(owner, id, cancellationToken).ConfigureAwait(false) is { } streamId
            ? await TryGetAsync(streamId, owner, cancellationToken).ConfigureAwait(false)
            : null;
    }
}
