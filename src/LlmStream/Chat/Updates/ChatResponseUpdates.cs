using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>Deltas as the updates of Microsoft.Extensions.AI.</summary>
internal static class ChatResponseUpdates
{
    /// <summary>
    /// Converts the deltas of one response. Text, reasoning and other contents are passed on as they arrive; tool calls and a refusal
    /// when they are complete, which is when the choice has a finish reason or the sequence ends; usage once, at the end, because
    /// consumers of updates add it up.
    /// </summary>
    /// <remarks>
    /// Updates have no choice index, so only one choice is converted: the first that has content. And updates can only append: a
    /// server that repeats its text is followed silently, one that rewrites it cannot be followed.
    /// </remarks>
    /// <exception cref="ChatStreamException">
    /// Thrown by the source, unchanged; or the server rewrote text that had already been passed on
    /// (<see cref="ChatStreamError.MalformedEvent"/>).
    /// </exception>
    public static async IAsyncEnumerable<ChatResponseUpdate> FromDeltas(
        IAsyncEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var builder = new UpdateBuilder();
        await foreach (ChatDelta delta in deltas.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (builder.Add(delta) is { } update) yield return update;
        }

        if (builder.Complete() is { } last) yield return last;
    }
}
