using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Ends an answer at the first of some strings, wherever the chunks are divided: the text before it is delivered, the
    /// string is not, the choice ends with the finish reason <c>stop</c>, and the source is left, which closes the connection.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="stops">The strings, compared character for character. They are looked for in the text, not in the reasoning.</param>
    /// <returns>The deltas up to the string.</returns>
    /// <remarks>
    /// The string that ends first counts; of several that end at one place, the longest. Held back is no more than what may be
    /// the beginning of one; it is delivered when it turns out to be none, at the end, or before a failure is thrown. A
    /// string that begins in text which the server takes back after it was delivered is not found. Work is linear in the text,
    /// however many strings there are. Of several choices each has its own end.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="stops"/> is null.</exception>
    /// <exception cref="ArgumentException">There are no strings, one is null or empty, or one begins or ends with half a surrogate pair.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).StopAt("\nUser:", "&lt;/answer>")) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> StopAt(this IAsyncEnumerable<ChatDelta> source, params string[] stops)
    {
        ArgumentNullException.ThrowIfNull(source);
        AhoCorasick patterns = MakePatterns(stops, nameof(stops));
        return TextStage.RunAsync(source, () => new StopStage(patterns));
    }

    private static AhoCorasick MakePatterns(IEnumerable<string> patterns, string name)
    {
        ArgumentNullException.ThrowIfNull(patterns, name);
        string[] list = [.. patterns];
        if (list.Length == 0) throw new ArgumentException("There is nothing to look for.", name);
        foreach (string pattern in list)
        {
            if (string.IsNullOrEmpty(pattern)) throw new ArgumentException("A string to look for is null or empty.", name);
            if (char.IsLowSurrogate(pattern[0]) || char.IsHighSurrogate(pattern[^1]))
                throw new ArgumentException("A string to look for begins or ends with half a surrogate pair.", name);
        }

        return new AhoCorasick(list);
    }
}
