using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Ends an answer when its text grows longer than a limit: the text is cut, the choice ends with the finish reason
    /// <c>length</c>, and the source is left, which closes the connection.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="maxCharacters">
    /// The most text that each choice may have, in UTF-16 code units, as <see cref="string.Length"/> counts. Reasoning does
    /// not count.
    /// </param>
    /// <returns>The deltas up to the limit.</returns>
    /// <remarks>
    /// <para>The cut stands before the character (grapheme) that does not fit, so that no emoji and no accent is torn from
    /// its letter; only what is longer than 64 code units is not held together. An answer of exactly the limit is
    /// not cut, and keeps its own finish reason: the source is left when more comes. So near to the limit the last character waits
    /// for the one after it, which might belong to it.</para>
    /// <para>What a provider says only at its end, such as the usage, does not arrive from an answer that was cut. Of several choices
    /// each has the limit, and the source is left when all that have appeared have ended.</para>
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

    /// <summary>
    /// Ends an answer when it has cost more tokens than a limit: the text is cut, the choice ends with the finish reason
    /// <c>length</c>, and the source is left, which closes the connection.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="maxTokens">The most tokens that each choice may have, of reasoning and text together.</param>
    /// <param name="countTokens">
    /// Counts the tokens of a piece of text, or <see langword="null"/> for an estimate. It is called once for each piece as it arrives,
    /// and some more times for the piece that goes over the limit; what it says must not grow less for a longer piece.
    /// </param>
    /// <returns>The deltas up to the limit.</returns>
    /// <remarks>
    /// No client knows the tokens of a stream. A provider's own count (<see cref="ChatDelta.Usage"/>) is taken where a delta has one,
    /// but most providers send theirs only at the end. Until then tokens are estimated by the rule that DeepSeek states
    /// for its models: 0.3 a character, or 0.6 where it is none of the Latin script (0.5 for each half of a surrogate
    /// pair). The estimate may well be wrong by a third; to be exact ask the provider, by <c>max_tokens</c>. Otherwise as
    /// <see cref="LimitCharacters"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokens"/> is negative.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).LimitTokens(2_000)) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> LimitTokens(
        this IAsyncEnumerable<ChatDelta> source, int maxTokens, Func<string, int>? countTokens = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        return Iterate(source, maxTokens, countTokens);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, int maxTokens, Func<string, int>? countTokens,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            int choices = 0;
            IAsyncEnumerable<ChatDelta> limited = TextStage.RunAsync(
                source,
                () =>
                {
                    choices++;
                    return new LimitStage(new TokenBudget(maxTokens, countTokens, () => choices == 1));
                },
                cancellationToken);
            await foreach (ChatDelta delta in limited.ConfigureAwait(false)) yield return delta;
        }
    }
}
