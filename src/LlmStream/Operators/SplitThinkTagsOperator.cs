using LlmStream.Operators.Stages;

namespace LlmStream;

/// <summary>How <see cref="ChatStreamExtensions.SplitThinkTags"/> understands tags.</summary>
public sealed record ThinkTagOptions
{
    /// <summary>
    /// Whether the answer begins inside the tag, because the request's template already wrote it. Default: <see langword="false"/>.
    /// Such an answer is understood without it too, but only once its closing tag comes; with it the reasoning is reasoning at once.
    /// </summary>
    public bool StartsInside { get; init; }

    /// <summary>
    /// Whether an opening tag counts only where nothing but white space, or another such block, stands before it. Default:
    /// <see langword="false"/>, because some models think again in mid-answer.
    /// </summary>
    public bool OnlyAtStart { get; init; }
}

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Turns what a model thinks between tags in its text (<c>&lt;think>…&lt;/think></c>) into
    /// <see cref="ChatDelta.Reasoning"/>, wherever the chunks are divided.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="options">How tags are understood; <see langword="null"/> for the defaults.</param>
    /// <returns>The deltas, with the tags taken out, and with offsets that count the text and the reasoning each by itself.</returns>
    /// <remarks>
    /// <para>A tag is <c>think</c>, <c>thinking</c> or <c>seed:think</c>, in any case, with a suffix or not
    /// (<c>&lt;/think:1></c>), of at most 64 characters. One that stands directly between two quotation marks or backticks is being talked
    /// about, and stays text. White space around tags stays where it is. A block that is never closed is reasoning to its end.</para>
    /// <para>Some templates (DeepSeek-R1's, QwQ's) write the opening tag into the request, so that the answer has only the
    /// closing one. When such comes, before any other tag and from a server that sends no reasoning of its own, everything before it was
    /// reasoning: the delta brings it all as reasoning, and its <see cref="ChatDelta.TextOffset"/> goes back to 0, as
    /// when a server rewrites its text. Until then the text is kept for it. Who knows the template sets
    /// <see cref="ThinkTagOptions.StartsInside"/>. Any other closing tag without an opening one stays text.</para>
    /// <para>Held back is what may be a tag. Work is linear in the text. Where the server takes text back, reasoning becomes text
    /// again and the reverse; only what had been delivered as text is not looked at again for the beginning of a tag.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).SplitThinkTags())
    /// {
    ///     thoughts.Append(delta.Reasoning);
    ///     Console.Write(delta.Text);
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> SplitThinkTags(this IAsyncEnumerable<ChatDelta> source, ThinkTagOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ThinkTagOptions known = options ?? new ThinkTagOptions();
        return TextStage.RunAsync(source, () => new ThinkTagStage(known));
    }
}
