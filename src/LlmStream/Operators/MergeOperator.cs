using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using LlmStream.Operators;
using LlmStream.Operators.Sources;

namespace LlmStream;

/// <summary>Reads several streams at once.</summary>
public static class ChatStreams
{
    /// <summary>Reads several streams at the same time, and yields what they say as it comes.</summary>
    /// <param name="sources">
    /// The streams. The sequence is drawn on as there is room, so that a request which is sent when its stream is enumerated is not sent before.
    /// </param>
    /// <param name="options">How many at a time, and what becomes of a failure; <see langword="null"/> for the defaults.</param>
    /// <returns>The deltas, each with its source's index. Those of one source stay in order.</returns>
    /// <remarks>
    /// Of each stream one delta is asked for at a time, and the next only when the consumer comes back from that one. Streams take
    /// turns: a fast one does not keep a slow one waiting. Leaving the loop closes them all.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="sources"/> is null.</exception>
    /// <exception cref="ArgumentException">While it is enumerated: a source is null.</exception>
    /// <exception cref="ChatStreamException">While it is enumerated: a stream failed, under <see cref="MergeFailurePolicy.FailAll"/>.</exception>
    /// <example>
    /// <code>
    /// await foreach (MergedDelta item in ChatStreams.Merge(prompts.Select(prompt => client.StreamAsync(prompt))))
    /// {
    ///     panes[item.SourceIndex].Append(item.Delta!.Text);
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<MergedDelta> Merge(IEnumerable<IAsyncEnumerable<ChatDelta>> sources, MergeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return Iterate(sources, options ?? new MergeOptions());

        static async IAsyncEnumerable<MergedDelta> Iterate(
            IEnumerable<IAsyncEnumerable<ChatDelta>> sources, MergeOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            Channel<MergeSource> ready = Channel.CreateUnbounded<MergeSource>(new UnboundedChannelOptions { SingleReader = true });
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using IEnumerator<IAsyncEnumerable<ChatDelta>> waiting = sources.GetEnumerator();
            var running = new HashSet<MergeSource>();
            int begun = 0;
            try
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    while (running.Count < options.MaxConcurrency && waiting.MoveNext())
                    {
                        IAsyncEnumerable<ChatDelta> next = waiting.Current ?? throw new ArgumentException($"Source {begun} is null.", nameof(sources));
                        var added = new MergeSource(begun++, next, ready.Writer, stop.Token);
                        running.Add(added);
                        added.Advance();
                    }

                    if (running.Count == 0) yield break;
                    MergeSource source = await ready.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    if (source.Current is { } delta)
                    {
                        yield return new MergedDelta { SourceIndex = source.Index, Delta = delta };
                        source.Advance();
                        continue;
                    }

                    running.Remove(source);
                    await source.DisposeAsync().ConfigureAwait(false);
                    if (source.Failure is ChatStreamException failure && options.OnFailure == MergeFailurePolicy.DeliverFailure)
                        yield return new MergedDelta { SourceIndex = source.Index, Failure = failure };
                    else if (source.Failure is not null)
                        ExceptionDispatchInfo.Throw(source.Failure);
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await DisposeAllAsync(running).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads several streams at the same time, each to its end.</summary>
    /// <param name="sources">The streams; they are begun as there is room.</param>
    /// <param name="options">How many at a time, and what becomes of a failure; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Closes all streams, and ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The answers, in the order of the sources.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="sources"/> is null.</exception>
    /// <exception cref="ArgumentException">A source is null.</exception>
    /// <exception cref="ChatStreamException">A stream failed, under <see cref="MergeFailurePolicy.FailAll"/>.</exception>
    /// <example>
    /// <code>
    /// IReadOnlyList&lt;MergedAnswer&gt; answers = await ChatStreams.CollectAllAsync(prompts.Select(prompt =&gt; client.StreamAsync(prompt)));
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
            // A stream that says nothing has an answer too: they are counted as they are begun.
            IEnumerable<IAsyncEnumerable<ChatDelta>> counted = sources.Select(source =>
            {
                answers.Add(new AnswerCollector());
                return source;
            });
            await foreach (MergedDelta item in Merge(counted, options).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (item.Delta is not null) answers[item.SourceIndex].Add(item.Delta);
                else failures.Add(item.SourceIndex, item.Failure!);
            }

            return [.. answers.Select((answer, index) => new MergedAnswer
            {
                SourceIndex = index,
                Answer = answer.ToResult(isComplete: !failures.ContainsKey(index)),
                Failure = failures.GetValueOrDefault(index),
            })];
        }
    }

    private static async ValueTask DisposeAllAsync(IEnumerable<MergeSource> sources)
    {
        ExceptionDispatchInfo? failure = null;
        foreach (MergeSource source in sources)
        {
            try
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }
        }

        failure?.Throw();
    }
}
