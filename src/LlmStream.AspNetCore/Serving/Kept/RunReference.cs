using System.Text;
using LlmStream.AspNetCore.Diagnostics;
using LlmStream.Relay;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>
/// Has a stream found by the client's id of its run (AG-UI): a stream of its own, which has ended, has no records, and refers to it in its
/// metadata. It is kept for as long as an answer that has ended, and is added again when its stream ends.
/// </summary>
internal sealed class RunReference(KeptServices kept)
{
    /// <summary>Adds a reference. A failure is logged: without it, the stream is still found by its own id, and that of its chat.</summary>
    public Task AddAsync(string owner, string runId, string streamId) => AddAsync(owner, runId, streamId, "begun");

    /// <summary>Keeps a reference for as long as the stream, which has ended.</summary>
    public Task ExtendAsync(string owner, string runId, string streamId) => AddAsync(owner, runId, streamId, "ended");

    private async Task AddAsync(string owner, string runId, string streamId, string state)
    {
        try
        {
            ChatStreamBeginResult begun = await kept.Relay.BeginAsync(new ChatStreamBeginRequest
            {
                Owner = owner,
                Conversation = StreamKey.OfRun(kept.Endpoint, runId),
                Digest = ChatStreamDigest.Compute("run", streamId, state),
                Metadata = Encoding.UTF8.GetBytes(streamId),
            }).ConfigureAwait(false);
            if (begun.Lease is not { } lease) return;
            var end = new ChatStreamEnd(ChatStreamVerdict.Complete, ReadOnlyMemory<byte>.Empty);
            await kept.Relay.CallAsync(
                (store, token) => store.CompleteAsync(lease, lease.LastSequence + 1, [], end, token), CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (ChatStreamException exception)
        {
            kept.Logger.RunNotReferenced(exception, streamId);
        }
    }

    /// <summary>Finds the id of a stream by that of its run.</summary>
    /// <exception cref="ChatStreamException">The store is unavailable.</exception>
    public async Task<string?> FindAsync(string owner, string runId, CancellationToken cancellationToken)
    {
        string conversation = StreamKey.OfRun(kept.Endpoint, runId);
        ChatStreamStatus? reference = await kept.Relay.CallAsync(
            (store, token) => store.FindAsync(owner, conversation, token), cancellationToken).ConfigureAwait(false);
        return reference is null ? null : Encoding.UTF8.GetString(reference.Metadata.Span);
    }
}
