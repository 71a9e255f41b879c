using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>Deltas as the updates of Microsoft.Extensions.AI.</summary>
internal static class ChatResponseUpdates
{
    /// <summary>Converts the deltas of one response, of which nothing else is known.</summary>
    public static IAsyncEnumerable<ChatResponseUpdate> FromDeltas(
        IAsyncEnumerable<ChatDelta> deltas, CancellationToken cancellationToken = default) =>
        FromDeltas(deltas, UpdateContext.None, cancellationToken);

    /// <summary>
    /// Converts the deltas of one response. Text, reasoning and other contents are passed on as they arrive. Tool calls, unless the
    /// provider signalled their end, a refusal, the finish reason and the usage are in the last update: nothing follows the finish
    /// reason, a call is never passed on with a part of its arguments, and consumers of updates add up the usage.
    /// </summary>
    /// <remarks>
    /// Updates have no choice index, so only one choice is converted: the first that has content. And updates can only append: a
    /// server that repeats its text is followed silently, one that rewrites it cannot be followed.
    /// </remarks>
    /// <exception cref="ChatStreamException">
    /// Thrown by the source, unchanged; or the server rewrote text that had already been passed on
    /// (<see cref="ChatStreamError.MalformedEvent"/>).
    /// </exception>
    /// <param name="deltas">The deltas.</param>
    /// <param name="context">What the updates state besides.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    public static async IAsyncEnumerable<ChatResponseUpdate> FromDeltas(
        IAsyncEnumerable<ChatDelta> deltas,
        UpdateContext context,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var builder = new UpdateBuilder(context);
        await foreach (ChatDelta delta in deltas.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (builder.Add(delta) is { } update) yield return update;
        }

        if (builder.Complete() is { } last) yield return last;
    }
}
