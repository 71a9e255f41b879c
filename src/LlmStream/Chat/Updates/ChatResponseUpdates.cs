using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmStream.Chat.Updates;

/// <summary>Deltas as the updates of Microsoft.Extensions.AI.</summary>
internal static class ChatResponseUpdates
{
    /// <summary>
    /// Follows the deltas of one response. Text, reasoning and other contents are passed on as they come; tool calls and a refusal when
    /// they are whole, which is when the choice has a finish reason or the sequence has ended; the token counts once, at
    /// the end, since whoever collects updates adds them up.
    /// </summary>
    /// <remarks>
    /// Updates know no choices, so only one is followed: the one that speaks first. And they can only append: a server
    /// that repeats what it said is followed silently, one that takes it back cannot be followed.
    /// </remarks>
    /// <exception cref="ChatStreamException">
    /// What the deltas threw, unchanged; or the server took back text that had already been passed on (<see cref="ChatStreamError.MalformedEvent"/>).
    /// </exception>
    public static async IAsyncEnumerable<ChatResponseUpdate> FromDeltas(IAsyncEnumerable<ChatDelta> deltas, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var builder = new UpdateBuilder();
        await foreach (ChatDelta delta in deltas.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (builder.Take(delta) is { } update) yield return update;
        }

        if (builder.Complete() is { } last) yield return last;
    }
}
