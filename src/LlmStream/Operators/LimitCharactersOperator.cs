using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Ends an answer when its text exceeds a length: the text is cut, the choice ends with the finish reason <c>length</c>, and the
    /// source is disposed, which closes the connection.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="maxCharacters">
    /// The maximum length of the text of each choice, in UTF-16 code units, as <see cref="string.Length"/> counts. Reasoning does
    /// not count.
    /// </param>
    /// <returns>The deltas up to the limit.</returns>
    /// <remarks>
    /// <para>The text is cut before the grapheme (user-perceived character) that does not fit, so that emoji and accented letters are not
    /// divided, unless they are longer than 64 code units. An answer of exactly the maximum length is not cut, and keeps its own finish
    /// reason: the source is disposed only when more text arrives. Near the limit the last grapheme is held back until the next one
    /// arrives, because it may still grow.</para>
    /// <para>What a provider sends only at its end, such as usage, is not received for an answer that is cut. If there are several
    /// choices, each has the limit, and the source is disposed when all choices that have appeared have ended.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxCharacters"/> is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync("写一篇散文").LimitCharacters(500)) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> LimitCharacters(this IAsyncEnumerable<ChatDelta> source, int maxCharacters)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCharacters);
        return TextStage.RunAsync(source, () => new LimitStage(new CharacterBudget(maxCharacters)));
    }
}
