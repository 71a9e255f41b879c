using LlmStream.Chat.Updates;
using Microsoft.Extensions.AI;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Converts the deltas of one response to the updates of Microsoft.Extensions.AI, as <see cref="LlmStreamClient.AsIChatClient"/>
    /// does: so that an answer can be given to anything that takes updates after operators were applied to it.
    /// </summary>
    /// <remarks>
    /// Text, reasoning and other contents are passed on as they arrive; tool calls and a refusal when they are complete, which is when the
    /// choice has a finish reason or the sequence ends; usage once, at the end, because consumers of updates add it up. Its counts are what
    /// the provider reported. What it did not report is in <see cref="UsageDetails.AdditionalCounts"/>: <c>estimated_input_tokens</c>,
    /// <c>estimated_output_tokens</c>, and the number of attempts of which not even an estimate is known, <c>unknown_input_attempts</c> and
    /// <c>unknown_output_attempts</c>. Updates have no choice index, so that only one choice is converted: the first that has content.
    /// </remarks>
    /// <param name="source">The deltas of one response.</param>
    /// <returns>The updates.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: thrown by the source, unchanged; or the server rewrote text that had already been passed on
    /// (<see cref="ChatStreamError.MalformedEvent"/>), because updates can only append.
    /// </exception>
    /// <example>
    /// <code>
    /// IAsyncEnumerable&lt;ChatResponseUpdate&gt; updates = client.StreamAsync(prompt).SplitThinkTags().ToChatResponseUpdates();
    /// ChatResponse response = await updates.ToChatResponseAsync();
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatResponseUpdate> ToChatResponseUpdates(this IAsyncEnumerable<ChatDelta> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return ChatResponseUpdates.FromDeltas(source);
    }
}
