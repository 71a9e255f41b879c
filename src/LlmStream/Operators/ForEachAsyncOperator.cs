namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>Reads an answer to its end with callbacks, for code that is made of them.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="onDelta">Called for each delta.</param>
    /// <param name="onError">
    /// Called when the stream fails, after everything that had arrived was delivered. <see langword="null"/> has the failure thrown instead.
    /// </param>
    /// <param name="onComplete">Called once at the end, however it came about: with <see langword="true"/> where the answer is complete.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A task that ends after the last callback.</returns>
    /// <remarks>The callbacks are called one after the other, and nothing is read meanwhile. What they throw is thrown, and is no error of the stream.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="onDelta"/> is null.</exception>
    /// <exception cref="ChatStreamException">The stream failed, and there is no <paramref name="onError"/>.</exception>
    /// <example>
    /// <code>
    /// await client.StreamAsync(prompt).ForEachAsync(
    ///     delta => Append(delta.Text),
    ///     error => ShowError(error.Message),
    ///     complete => button.IsEnabled = true);
    /// </code>
    /// </example>
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Action<ChatDelta> onDelta, Action<ChatStreamException>? onError = null, Action<bool>? onComplete = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        return RunAsync(source, onDelta, onError, onComplete, cancellationToken);

        static async Task RunAsync(
            IAsyncEnumerable<ChatDelta> source, Action<ChatDelta> onDelta, Action<ChatStreamException>? onError, Action<bool>? onComplete, CancellationToken cancellationToken)
        {
            bool isComplete = false;
            try
            {
                IAsyncEnumerator<ChatDelta> deltas = source.GetAsyncEnumerator(cancellationToken);
                await using (deltas.ConfigureAwait(false))
                {
                    ChatStreamException? failure = null;
                    while (true)
                    {
                        try
                        {
                            if (!await deltas.MoveNextAsync().ConfigureAwait(false)) break;
                        }
                        catch (ChatStreamException exception) when (onError is not null)
                        {
                            failure = exception;
                            break;
                        }

                        onDelta(deltas.Current);
                    }

                    if (failure is not null) onError!(failure);
                    isComplete = failure is null;
                }
            }
            finally
            {
                onComplete?.Invoke(isComplete);
            }
        }
    }
}
