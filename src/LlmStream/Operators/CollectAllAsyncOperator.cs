using LlmStream.Chat;

namespace LlmStream;

public static partial class ChatStreams
{
    /// <summary>Reads several streams at the same time, each to its end.</summary>
    /// <param name="sources">The streams. The sequence is enumerated only as far as streams are read.</param>
    /// <param name="options">
    /// How many are read at a time, and what happens when one fails; <see langword="null"/> for the defaults.
    /// </param>
    /// <param name="cancellationToken">
    /// Disposes all streams, and cancels the reading with an <see cref="OperationCanceledException"/>.
    /// </param>
    /// <returns>The answers, in the order of the sources.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="sources"/> is null.</exception>
    /// <exception cref="ArgumentException">A source is null.</exception>
    /// <exception cref="ChatStreamException">With <see cref="MergeFailurePolicy.FailAll"/>: a stream failed.</exception>
    /// <example>
    /// <code>
    /// IReadOnlyList&lt;MergedAnswer> answers =
    ///     await ChatStreams.CollectAllAsync(prompts.Select(prompt => client.StreamAsync(prompt)));
    /// </code>
    /// </example>
    public static Task<IReadOnlyList<MergedAnswer>> CollectAllAsync(
        IEnumerable<IAsyncEnumerable<ChatDelta>> sources, MergeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return CollectAsync(sources, options, cancellationToken);

        static async Task<IReadOnlyList<MergedAnswer>> CollectAsync(
            IEnumerable<IAsyncEnumerable<ChatDelta>> sources, MergeOptions? options, CancellationToken cancellationToken)
        {
            var answers = new List<AnswerCollector>();
            var failures = new Dictionary<int, ChatStreamException>();
            // Added when a stream is started, because a stream without deltas has an answer too.
            IEnumerable<IAsyncEnumerable<ChatDelta>> counted = sources.Select(source =>
            {
                answers.Add(new AnswerCollector());
                return source;
            });
            await foreach (MergedDelta item in Merge(counted, options).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (item.Delta is not null) answers[item.SourceIndex].Add(item.Delta);
                else failures.Add(item.SourceIndex, item.Exception!);
            }

            return [.. answers.Select((answer, index) => new MergedAnswer
            {
                SourceIndex = index,
                Answer = answer.ToResult(isComplete: !failures.ContainsKey(index)),
                Exception = failures.GetValueOrDefault(index),
            })];
        }
    }
}
