using System.Runtime.CompilerServices;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>Only the text of an answer, as it arrives.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="choiceIndex">The choice whose text is read, from 0.</param>
    /// <returns>The pieces of the text; none is empty.</returns>
    /// <remarks>
    /// Strings have no offsets: text that a server rewrites appears twice. If that may happen, read the deltas, or collect the answer.
    /// Usage and finish reason are not available either.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="choiceIndex"/> is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (string text in client.StreamAsync("Why is the sky blue?").Text()) Console.Write(text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<string> Text(this IAsyncEnumerable<ChatDelta> source, int choiceIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(choiceIndex);
        return Iterate(source, choiceIndex);

        static async IAsyncEnumerable<string> Iterate(
            IAsyncEnumerable<ChatDelta> source, int choiceIndex, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested(); // a source that ignores the token
                if (delta.ChoiceIndex == choiceIndex && delta.Text.Length > 0) yield return delta.Text;
            }
        }
    }
}
