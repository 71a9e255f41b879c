using System.Runtime.CompilerServices;
using LlmStream.Relay;
using LlmStream.Relay.DependencyInjection;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>One reader of a kept stream.</summary>
internal sealed class KeptReading(
    ChatStreamRelay relay, LocalStreams local, string streamId, EventPosition after, PositionedEvents positions)
{
    /// <summary>How it came to be read, for telemetry: <c>begun</c>, <c>joined</c>, <c>replayed</c>, or <c>resumed</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>The events, with their ids.</summary>
    public PositionedEvents Positions => positions;

    /// <summary>
    /// Whether the stream goes on although this server shuts down. Waits until this node has handed it over, or has ended it, because no
    /// other can continue it.
    /// </summary>
    public async Task<bool> ContinuesElsewhereAsync(CancellationToken cancellationToken)
    {
        if (!relay.IsStoreShared) return false;
        if (!local.Contains(streamId)) return true;
        await WhenReportedAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ChatStreamStatus? status = await relay.CallAsync(
                (store, token) => store.GetStatusAsync(streamId, token), cancellationToken).ConfigureAwait(false);
            return status is { Verdict: not ChatStreamVerdict.Error };
        }
        catch (Exception exception) when (exception is ChatStreamException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Reads the deltas that the client does not have.</summary>
    public async IAsyncEnumerable<ChatDelta> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ChatStreamItem item in relay.ReadAsync(streamId, after.Delta, cancellationToken).ConfigureAwait(false))
        {
            positions.Next = item.Position;
            yield return item.Delta;
        }
    }

    /// <summary>
    /// Waits until the application has been told of the end, if this node does it: a client that asks for the conversation then finds the
    /// answer in it.
    /// </summary>
    public Task WhenReportedAsync(CancellationToken cancellationToken) =>
        local.WhenEndedAsync(streamId).WaitAsync(cancellationToken).ContinueWith(
            static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
