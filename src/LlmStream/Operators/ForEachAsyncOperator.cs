namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Calls back for each delta, and then once for how the answer ended: the shape of an interface that is told what
    /// happens instead of asking (TDesign's <c>success</c>, <c>fail</c>, <c>complete</c>).
    /// </summary>
    /// <remarks>
    /// One callback at a time, each awaited before the source is asked for more. The order: <paramref name="onDelta"/> for
    /// each delta as it comes, those before a failure included; then the source is disposed; then exactly one of
    /// <paramref name="onComplete"/> and <paramref name="onError"/>, once; then the task ends. What a callback throws is the
    /// caller's own: it ends the task as it is, and no other callback is called. So does cancellation.
    /// </remarks>
    /// <param name="source">The deltas of one response. It is enumerated once, and disposed once.</param>
    /// <param name="onDelta">Called for each delta.</param>
    /// <param name="onError">
    /// Called when the stream failed; what had arrived stands in <see cref="ChatStreamException.Partial"/>. The failure is then
    /// dealt with. Where it is <see langword="null"/> the task fails with the exception.
    /// </param>
    /// <param name="onComplete">Called when the answer is complete, by the provider's own signal; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A task that ends behind the last callback.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="onDelta"/> is null.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    /// <example>
    /// <code>
    /// await client.StreamAsync("Who are you?").ForEachAsync(
    ///     delta => view.Append(delta.Text),
    ///     error => view.ShowError(error.Message),
    ///     () => view.ShowDone());
    /// </code>
    /// </example>
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Action<ChatDelta> onDelta, Action<ChatStreamException>? onError = null,
        Action? onComplete = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        return ForEach(source, Awaited(onDelta), onError is null ? null : Awaited(onError), onComplete is null ? null : Complete, cancellationToken);

        static Func<TArgument, ValueTask> Awaited<TArgument>(Action<TArgument> action) => argument =>
        {
            action(argument);
            return default;
        };

        ValueTask Complete()
        {
            onComplete();
            return default;
        }
    }

    /// <inheritdoc cref="ForEachAsync(IAsyncEnumerable{ChatDelta}, Action{ChatDelta}, Action{ChatStreamException}, Action, CancellationToken)"/>
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Func<ChatDelta, ValueTask> onDelta, Func<ChatStreamException, ValueTask>? onError = null,
        Func<ValueTask>? onComplete = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        return ForEach(source, onDelta, onError, onComplete, cancellationToken);
    }

    private static async Task ForEach(
        IAsyncEnumerable<ChatDelta> source, Func<ChatDelta, ValueTask> onDelta, Func<ChatStreamException, ValueTask>? onError,
        Func<ValueTask>? onComplete, CancellationToken cancellationToken)
    {
        ChatStreamException? failure = null;
        IAsyncEnumerator<ChatDelta> deltas = source.GetAsyncEnumerator(cancellationToken);
        await using (deltas.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await deltas.MoveNextAsync().ConfigureAwait(false)) break;
                }
                catch (ChatStreamException exception) when (onError is not null)
                {
                    failure = exception; // the source's, not one that a callback threw
                    break;
                }

                cancellationToken.ThrowIfCancellationRequested();
                await onDelta(deltas.Current).ConfigureAwait(false);
            }
        }

        if (failure is not null) await onError!(failure).ConfigureAwait(false);
        else if (onComplete is not null) await onComplete().ConfigureAwait(false);
    }
}
