using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// The text of an answer sentence by sentence, each sentence when it is complete: for text-to-speech, or a translator.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="choiceIndex">The choice whose text is read, from 0.</param>
    /// <param name="firstClauseEarly">
    /// Whether the first segment may be a clause, of at least 10 characters (an ideograph counts as two), that ends with a comma, a
    /// semicolon, a colon, or a dash: speech begins earlier. Default: <see langword="false"/>.
    /// </param>
    /// <returns>
    /// The sentences, without surrounding white space. The last one is returned at the finish reason, at the end, or before a failure is
    /// thrown.
    /// </returns>
    /// <remarks>
    /// <para>A sentence ends at <c>。！？</c>, whatever follows; at <c>. ! ? …</c> if white space and then anything except a
    /// lower-case letter follows, or an ideograph follows; and at a line break, so that headings and list items are sentences. Closing
    /// quotes and brackets belong to it. Decimals (3.14), file names, initials, common English abbreviations
    /// (<c>Dr. e.g. vs. No. 5</c>) and the numbers of list items do not end a sentence. This is a heuristic, not a
    /// grammar: it knows punctuation, not languages.</para>
    /// <para>To see what follows a mark, a sentence waits for the next word. Memory is limited to one sentence. If the server rewrites
    /// text of a sentence that was already returned, the new text begins another sentence.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="choiceIndex"/> is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (string sentence in client.StreamAsync(question).Sentences()) await voice.SayAsync(sentence);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<string> Sentences(
        this IAsyncEnumerable<ChatDelta> source, int choiceIndex = 0, bool firstClauseEarly = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(choiceIndex);
        return SplitStage.RunAsync(source, choiceIndex, () => new SentenceSplitter(firstClauseEarly));
    }
}
