using LlmStream.Operators;

namespace LlmStream;

/// <summary>Operators over the deltas of a streamed answer.</summary>
public static partial class ChatStreamExtensions
{
    /// <summary>Reads an answer to its end, and puts it together.</summary>
    /// <param name="source">The deltas of one response. It is enumerated once, and disposed once.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The whole answer. <see cref="ChatStreamResult.IsComplete"/> is true: a source that ends by itself has said so.
    /// </returns>
    /// <remarks>
    /// Each piece of text, reasoning, refusal and tool arguments is put where it says that it begins, so that a delta which
    /// comes twice does no harm and a server that takes back what it said is followed. Work and memory are
    /// linear in the size of the answer. It is not held to a size: the source is, by <see cref="ChatReadOptions"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// What the source throws passes through as it is; what had arrived stands in <see cref="ChatStreamException.Partial"/>.
    /// </exception>
    /// <example>
    /// <code>
    /// ChatStreamResult answer = await ChatStreamReader.ReadAsync(file, ChatDialect.OpenAI).CollectAsync();
    /// Console.WriteLine($"{answer.Text} ({answer.FinishReason}, {answer.Usage?.TotalTokenCount} tokens)");
    /// </code>
    /// </example>
    public static Task<ChatStreamResult> CollectAsync(this IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Collect(source, cancellationToken);

        static async Task<ChatStreamResult> Collect(IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken)
        {
            var collector = new AnswerCollector();
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false)) collector.Add(delta);
            return collector.ToResult(isComplete: true);
        }
    }
}
