using System.Runtime.CompilerServices;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>Calls an action for each keyword in an answer, even if it is divided between chunks. The deltas pass unchanged.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="keywords">The keywords, compared ordinally, and searched for in the text of each choice.</param>
    /// <param name="action">
    /// Called for each occurrence, including overlapping ones, in the order in which they end, before the delta that
    /// completes the keyword is delivered, and awaited. An exception that it throws ends the stream.
    /// </param>
    /// <returns>The same deltas.</returns>
    /// <remarks>
    /// Nothing is held back. Work is linear in the text and the number of occurrences, however many keywords there are. If the server
    /// rewrites its text, the search starts over at that place; what was reported stays reported.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// There are no keywords, one is null or empty, or one begins or ends with half a surrogate pair.
    /// </exception>
    /// <example>
    /// <code>
    /// var answer = client.StreamAsync(prompt).OnKeyword(["退款", "投诉"], match => Alert(match.Keyword));
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> OnKeyword(
        this IAsyncEnumerable<ChatDelta> source, IEnumerable<string> keywords, Action<KeywordMatch> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return FindKeywords(source, keywords, match =>
        {
            action(match);
            return default;
        });
    }

    /// <inheritdoc cref="OnKeyword(IAsyncEnumerable{ChatDelta}, IEnumerable{string}, Action{KeywordMatch})"/>
    [OverloadResolutionPriority(1)] // an async lambda converts to this and to the next overload
    public static IAsyncEnumerable<ChatDelta> OnKeyword(
        this IAsyncEnumerable<ChatDelta> source, IEnumerable<string> keywords, Func<KeywordMatch, Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return FindKeywords(source, keywords, match => new ValueTask(action(match)));
    }

    /// <inheritdoc cref="OnKeyword(IAsyncEnumerable{ChatDelta}, IEnumerable{string}, Action{KeywordMatch})"/>
    public static IAsyncEnumerable<ChatDelta> OnKeyword(
        this IAsyncEnumerable<ChatDelta> source, IEnumerable<string> keywords, Func<KeywordMatch, ValueTask> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return FindKeywords(source, keywords, action);
    }

    private static IAsyncEnumerable<ChatDelta> FindKeywords(
        IAsyncEnumerable<ChatDelta> source, IEnumerable<string> keywords, Func<KeywordMatch, ValueTask> action)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Iterate(source, CreatePatterns(keywords, nameof(keywords)), action);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, AhoCorasick patterns, Func<KeywordMatch, ValueTask> action,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var choices = new ChoiceStates<KeywordStage>(() => new KeywordStage(patterns));
            var matches = new List<KeywordMatch>();
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested(); // a source that ignores the token
                choices[delta.ChoiceIndex].Read(delta, matches);
                foreach (KeywordMatch match in matches) await action(match).ConfigureAwait(false);
                matches.Clear();
                yield return delta;
            }
        }
    }

    /// <summary>Checks the strings that <c>OnKeyword</c> or <see cref="StopAt"/> searches for.</summary>
    private static AhoCorasick CreatePatterns(IEnumerable<string> patterns, string parameterName)
    {
        ArgumentNullException.ThrowIfNull(patterns, parameterName);
        string[] list = [.. patterns];
        if (list.Length == 0) throw new ArgumentException("There are no strings to search for.", parameterName);
        foreach (string pattern in list)
        {
            if (string.IsNullOrEmpty(pattern)) throw new ArgumentException("A string to search for is null or empty.", parameterName);
            if (char.IsLowSurrogate(pattern[0]) || char.IsHighSurrogate(pattern[^1]))
                throw new ArgumentException("A string to search for begins or ends with half a surrogate pair.", parameterName);
        }

        return new AhoCorasick(list);
    }
}
