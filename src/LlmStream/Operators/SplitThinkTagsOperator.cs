using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Moves reasoning that a model writes between tags in its text (<c>&lt;think>…&lt;/think></c>) into
    /// <see cref="ChatDelta.Reasoning"/>, even if tags are divided between chunks.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="options">How tags are recognised; <see langword="null"/> for the defaults.</param>
    /// <returns>The deltas without the tags, and with separate offsets for text and reasoning.</returns>
    /// <remarks>
    /// <para>A tag is <c>think</c>, <c>thinking</c>, <c>thought</c>, <c>reasoning</c>, <c>seed:think</c>, or <c>mm:think</c>, in any
    /// case, with or without a suffix (<c>&lt;/think:1></c>), of at most 64 characters. A tag directly between two quotation marks or
    /// backticks is
    /// quoted, and stays text. White space around tags is kept. A block that is never closed is reasoning to its end.</para>
    /// <para>With some models (DeepSeek-R1, QwQ) the opening tag is part of the prompt template, so that the answer has only the
    /// closing one. If a closing tag comes before any other tag, from a server that sends no separate reasoning, everything before it was
    /// reasoning: the delta holds it all as reasoning, and its <see cref="ChatDelta.TextOffset"/> goes back to 0, as
    /// if the server had rewritten its text. Until then the text is kept for this purpose. If you know that the template does this, set
    /// <see cref="ThinkTagOptions.StartsInside"/>. Any other closing tag without an opening one stays text.</para>
    /// <para>What may be a tag is held back. Work is linear in the text. If the server rewrites its text, reasoning becomes text
    /// again and vice versa; only text that was already delivered is not searched again for the beginning of a tag.</para>
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
        ThinkTagOptions tagOptions = options ?? new ThinkTagOptions();
        return TextStage.RunAsync(source, () => new ThinkTagStage(tagOptions));
    }
}
