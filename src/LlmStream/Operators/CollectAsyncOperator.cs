using LlmStream.Chat;

namespace LlmStream;

/// <summary>Operators over the deltas of a streamed answer.</summary>
public static partial class ChatStreamExtensions
{
    /// <summary>Reads an answer to its end and assembles it.</summary>
    /// <param name="source">The deltas of one response. It is enumerated once, and disposed once.</param>
    /// <param name="cancellationToken">Cancels the reading with a <see cref="ChatStreamCanceledException"/>.</param>
    /// <returns>
    /// The whole answer. <see cref="ChatStreamResult.IsComplete"/> is true: a source ends without an exception only if the answer is
    /// complete.
    /// </returns>
    /// <remarks>
    /// Each piece of text, reasoning, refusal and tool arguments is placed at its offset, so that applying a delta twice has no
    /// effect and a server that rewrites its text is followed. Work and memory are linear in the size of the answer. The size is not
    /// limited here but by the source; see <see cref="ChatReadOptions"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// Thrown by the source, unchanged; what had arrived is in <see cref="ChatStreamException.Partial"/>.
    /// </exception>
    /// <example>
    /// <code>
    /// ChatStreamResult answer = await ChatStreamReader.ReadAsync(file, ChatDialect.OpenAI).CollectAsync();
    /// Console.WriteLine($"{answer.Text} ({answer.FinishReason}, {answer.Usage?.TotalTokenCount} tokens)");
    /// </code>
    /// </example>
    public static Task<ChatStreamResult> CollectAsync(
        this IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Collect(source, cancellationToken);

        static async Task<ChatStreamResult> Collect(IAsyncEnumerable<ChatDelta> source, CancellationToken cancellationToken)
        {
            var collector = new AnswerCollector();
            try
            {
                await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false)) collector.Add(delta);
            }
            catch (OperationCanceledException exception) when (exception is not ChatStreamCanceledException)
            {
                throw new ChatStreamCanceledException(
                    collector.ToResult(isComplete: false), Canceled(exception, cancellationToken), exception);
            }

            return collector.ToResult(isComplete: true);
        }
    }

    /// <summary>The caller's token, if it was cancelled; else that of the source's own cancellation.</summary>
    private static CancellationToken Canceled(OperationCanceledException exception, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? cancellationToken : exception.CancellationToken;
}
