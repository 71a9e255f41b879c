using System.Runtime.CompilerServices;
using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Ends an answer when it exceeds a number of tokens: the text is cut, the choice ends with the finish reason <c>length</c>, and
    /// the source is disposed, which closes the connection.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="maxTokens">The maximum number of tokens of each choice, reasoning and text together.</param>
    /// <param name="countTokens">
    /// Counts the tokens of a piece of text, or <see langword="null"/> for an estimate. It is called once for each piece as it arrives,
    /// and a few more times for the piece that exceeds the limit; its result must not decrease as a piece gets longer.
    /// </param>
    /// <returns>The deltas up to the limit.</returns>
    /// <remarks>
    /// A client cannot know the tokens of a stream. A provider's own count (<see cref="ChatDelta.Usage"/>) is used if a delta has one,
    /// but most providers send it only at the end. Until then tokens are estimated by the rule that DeepSeek publishes
    /// for its models: 0.3 per character, or 0.6 if it is not Latin (0.5 for each half of a surrogate
    /// pair). The estimate may be wrong by a third; for an exact limit set <c>max_tokens</c> in the request. Otherwise like
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
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            int choiceCount = 0;
            IAsyncEnumerable<ChatDelta> limited = TextStage.RunAsync(
                source,
                () =>
                {
                    choiceCount++;
                    return new LimitStage(new TokenBudget(maxTokens, countTokens, isOnlyChoice: () => choiceCount == 1));
                },
                cancellationToken);
            await foreach (ChatDelta delta in limited.ConfigureAwait(false)) yield return delta;
        }
    }
}
