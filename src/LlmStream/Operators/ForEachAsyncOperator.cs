using System.Runtime.CompilerServices;
using LlmStream.Chat;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Calls a callback for each delta, and then one callback for how the answer ended: for user interfaces that are driven by callbacks
    /// (such as TDesign's <c>success</c>, <c>fail</c>, <c>complete</c>).
    /// </summary>
    /// <remarks>
    /// Callbacks run one at a time, each awaited before the next delta is requested. The order: <paramref name="onDelta"/> for
    /// each delta as it arrives, including those before a failure; then the source is disposed; then exactly one of
    /// <paramref name="onComplete"/> and <paramref name="onError"/>, once; then the task ends. An exception thrown by a callback ends
    /// the task unchanged, and no other callback is called. So does cancellation. The overloads take synchronous and asynchronous
    /// callbacks, so that none of the latter is started without being awaited.
    /// </remarks>
    /// <param name="source">The deltas of one response. It is enumerated once, and disposed once.</param>
    /// <param name="onDelta">Called for each delta.</param>
    /// <param name="onError">
    /// Called if the stream failed; what had arrived is in <see cref="ChatStreamException.Partial"/>. The task then ends without an
    /// exception. If it is <see langword="null"/>, the task fails with the exception.
    /// </param>
    /// <param name="onComplete">Called if the provider signalled that the answer is complete; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Cancels the reading with a <see cref="ChatStreamCanceledException"/>.</param>
    /// <returns>A task that ends after the last callback.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="onDelta"/> is null.</exception>
    /// <exception cref="ChatStreamCanceledException">The reading was cancelled.</exception>
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
        return ForEach(
            source, ToAsync(onDelta), onError is null ? null : ToAsync(onError), onComplete is null ? null : ToAsync(onComplete),
            cancellationToken);
    }

    /// <inheritdoc
    /// cref="ForEachAsync(IAsyncEnumerable{ChatDelta}, Action{ChatDelta}, Action{ChatStreamException}, Action, CancellationToken)"/>
    [OverloadResolutionPriority(1)] // an async lambda converts to this and to the next overload
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Func<ChatDelta, Task> onDelta, Func<ChatStreamException, Task>? onError = null,
        Func<Task>? onComplete = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        return ForEach(
            source,
            delta => new ValueTask(onDelta(delta)),
            onError is null ? null : error => new ValueTask(onError(error)),
            onComplete is null ? null : () => new ValueTask(onComplete()),
            cancellationToken);
    }

    /// <inheritdoc
    /// cref="ForEachAsync(IAsyncEnumerable{ChatDelta}, Action{ChatDelta}, Action{ChatStreamException}, Action, CancellationToken)"/>
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Func<ChatDelta, ValueTask> onDelta, Func<ChatStreamException, ValueTask>? onError = null,
        Func<ValueTask>? onComplete = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        return ForEach(source, onDelta, onError, onComplete, cancellationToken);
    }

    /// <inheritdoc
    /// cref="ForEachAsync(IAsyncEnumerable{ChatDelta}, Action{ChatDelta}, Action{ChatStreamException}, Action, CancellationToken)"/>
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Func<ChatDelta, Task> onDelta, Action<ChatStreamException>? onError,
        Action? onComplete = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        return ForEach(
            source, delta => new ValueTask(onDelta(delta)), onError is null ? null : ToAsync(onError),
            onComplete is null ? null : ToAsync(onComplete), cancellationToken);
    }

    /// <inheritdoc
    /// cref="ForEachAsync(IAsyncEnumerable{ChatDelta}, Action{ChatDelta}, Action{ChatStreamException}, Action, CancellationToken)"/>
    public static Task ForEachAsync(
        this IAsyncEnumerable<ChatDelta> source, Action<ChatDelta> onDelta, Func<ChatStreamException, Task> onError,
        Func<Task>? onComplete = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(onDelta);
        ArgumentNullException.ThrowIfNull(onError);
        return ForEach(
            source, ToAsync(onDelta), error => new ValueTask(onError(error)),
            onComplete is null ? null : () => new ValueTask(onComplete()), cancellationToken);
    }

    private static Func<TArgument, ValueTask> ToAsync<TArgument>(Action<TArgument> action) => argument =>
    {
        action(argument);
        return default;
    };

    private static Func<ValueTask> ToAsync(Action action) => () =>
    {
        action();
        return default;
    };

    private static async Task ForEach(
        IAsyncEnumerable<ChatDelta> source, Func<ChatDelta, ValueTask> onDelta, Func<ChatStreamException, ValueTask>? onError,
        Func<ValueTask>? onComplete, CancellationToken cancellationToken)
    {
        ChatStreamException? failure = null;
        var delivered = new AnswerCollector();
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
                    failure = exception; // only the source's: a callback may throw the same type
                    break;
                }
                catch (OperationCanceledException exception) when (exception is not ChatStreamCanceledException)
                {
                    throw new ChatStreamCanceledException(
                        delivered.ToResult(isComplete: false), Canceled(exception, cancellationToken), exception);
                }

                if (cancellationToken.IsCancellationRequested)
                    throw new ChatStreamCanceledException(delivered.ToResult(isComplete: false), cancellationToken);
                delivered.Add(deltas.Current);
                await onDelta(deltas.Current).ConfigureAwait(false);
            }
        }

        if (failure is not null) await onError!(failure).ConfigureAwait(false);
        else if (onComplete is not null) await onComplete().ConfigureAwait(false);
    }
}
