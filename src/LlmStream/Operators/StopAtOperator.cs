using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Ends an answer at the first of several stop strings, even if it is divided between chunks: the text before it is delivered, the
    /// string is not, the choice ends with the finish reason <c>stop</c>, and the source is disposed, which closes the connection.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="stopSequences">The stop sequences, compared ordinally. They are searched for in the text, not in the reasoning.</param>
    /// <returns>The deltas up to the stop string.</returns>
    /// <remarks>
    /// The string that ends first counts; of several that end at the same place, the longest. At most what may be the beginning of a stop
    /// string is held back; it is delivered when it turns out not to be one, at the end, or before a failure is thrown. A
    /// string that begins in text that was delivered and then rewritten by the server is not found. Work is linear in the text,
    /// however many strings there are. If there are several choices, each ends at its own stop string.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="stopSequences"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// There are no strings, one is null or empty, or one begins or ends with half a surrogate pair.
    /// </exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).StopAt("\nUser:", "&lt;/answer>")) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> StopAt(this IAsyncEnumerable<ChatDelta> source, params string[] stopSequences)
    {
        ArgumentNullException.ThrowIfNull(source);
        AhoCorasick patterns = CreatePatterns(stopSequences, nameof(stopSequences));
        return TextStage.RunAsync(source, () => new StopStage(patterns));
    }
}
