using System.Runtime.CompilerServices;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

/// <summary>A keyword that was found in an answer. Immutable.</summary>
/// <param name="Keyword">The keyword.</param>
/// <param name="Offset">Where it begins in the choice's text, in UTF-16 code units.</param>
/// <param name="ChoiceIndex">The choice, from 0.</param>
public sealed record KeywordMatch(string Keyword, int Offset, int ChoiceIndex);

public static partial class ChatStreamExtensions
{
    /// <summary>Calls an action for each keyword that an answer says, wherever the chunks are divided. The deltas pass unchanged.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="keywords">What to look for, compared character for character, in the text of each choice.</param>
    /// <param name="action">
    /// What to do. It is called for each occurrence, also for those that overlap, in the order in which they end, before the delta that
    /// completes the keyword is delivered. What it throws ends the stream.
    /// </param>
    /// <returns>The same deltas.</returns>
    /// <remarks>
    /// Nothing is held back. Work is linear in the text and the occurrences, however many keywords there are. Where the server takes text
    /// back, the search begins anew at that place: what was reported stays reported.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">There are no keywords, one is null or empty, or one begins or ends with half a surrogate pair.</exception>
    /// <example>
    /// <code>
    /// var answer = client.StreamAsync(prompt).OnKeyword(["退款", "投诉"], match => Alert(match.Keyword));
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> OnKeyword(
        this IAsyncEnumerable<ChatDelta> source, IEnumerable<string> keywords, Action<KeywordMatch> action)
    {
        ArgumentNullException.ThrowIfNull(source);
        AhoCorasick patterns = MakePatterns(keywords, nameof(keywords));
        ArgumentNullException.ThrowIfNull(action);
        return Iterate(source, patterns, action);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, AhoCorasick patterns, Action<KeywordMatch> action,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var choices = new PerChoice<KeywordSearch>(() => new KeywordSearch(patterns, action));
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                choices[delta.ChoiceIndex].Read(delta);
                yield return delta;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private sealed class KeywordSearch(AhoCorasick patterns, Action<KeywordMatch> action)
    {
        private int _state = AhoCorasick.Root;
        private int _end;

        public void Read(ChatDelta delta)
        {
            if (delta.TextOffset < _end) _state = AhoCorasick.Root;
            _end = delta.TextOffset;
            string text = delta.Text;
            for (int i = 0; i < text.Length; i++)
            {
                if (_state == AhoCorasick.Root) i += patterns.SkipFromRoot(text, i);
                if (i == text.Length) break;
                _state = patterns.Step(_state, text[i]);
                Report(_end + i + 1, delta.ChoiceIndex);
            }

            _end += text.Length;
        }

        private void Report(int end, int choice)
        {
            for (int state = _state, match = patterns.PatternAt(state); state >= 0;)
            {
                if (match >= 0) action(new KeywordMatch(patterns.Patterns[match], end - patterns.Patterns[match].Length, choice));
                match = patterns.ShorterMatch(state, out state);
            }
        }
    }
}
