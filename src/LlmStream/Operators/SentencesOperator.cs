using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>The text of an answer sentence by sentence, each when it is whole: for a voice that reads it aloud, or a translator.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="choiceIndex">The choice whose text it is, from 0.</param>
    /// <returns>The sentences, without white space around them. The last one comes at the finish reason, at the end, or before a failure is thrown.</returns>
    /// <remarks>
    /// <para>A sentence ends at <c>。！？</c>, whatever follows; at <c>. ! ? …</c> when white space and then anything but a
    /// small letter follow, or an ideograph does; and at a line break, so that headings and items of lists are sentences. Closing quotes and
    /// brackets belong to it. Decimals (3.14), file names, initials, common English abbreviations (<c>Dr. e.g. vs.</c>)
    /// and the numbers of lists end none. It is a rule of thumb, no grammar: it knows no language but by its marks.</para>
    /// <para>To see what follows a mark, a sentence waits for the next word. Memory is that of one sentence. Where the server takes back text of a
    /// sentence that was given out, the new text begins another.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="choiceIndex"/> is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (string sentence in client.StreamAsync(question).Sentences()) await voice.SayAsync(sentence);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<string> Sentences(this IAsyncEnumerable<ChatDelta> source, int choiceIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(choiceIndex);
        return TextSplitter.RunAsync(source, choiceIndex, () => new SentenceSplitter());
    }
}
