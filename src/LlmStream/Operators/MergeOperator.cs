using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using LlmStream.Operators.Sources;

namespace LlmStream;

/// <summary>Operators over several streams.</summary>
public static partial class ChatStreams
{
    /// <summary>Reads several streams at the same time, and yields their deltas as they arrive.</summary>
    /// <param name="sources">
    /// The streams. The sequence is enumerated only as far as streams are read, so that a request that is sent when its stream is
    /// enumerated is not sent earlier.
    /// </param>
    /// <param name="options">
    /// How many are read at a time, and what happens when one fails; <see langword="null"/> for the defaults.
    /// </param>
    /// <returns>The deltas, each with the index of its source. Those of one source stay in order.</returns>
    /// <remarks>
    /// One delta is requested from each stream at a time, and the next only after the consumer has processed that one. Streams take
    /// turns: a fast one does not delay a slow one. Leaving the loop disposes all streams.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="sources"/> is null.</exception>
    /// <exception cref="ArgumentException">During enumeration: a source is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During enumeration, with <see cref="MergeFailurePolicy.FailAll"/>: a stream failed.
    /// </exception>
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
            IEnumerable<IAsyncEnumerable<ChatDelta>> sources, MergeOptions options,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            Channel<MergeSource> ready = Channel.CreateUnbounded<MergeSource>(new UnboundedChannelOptions { SingleReader = true });
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using IEnumerator<IAsyncEnumerable<ChatDelta>> waiting = sources.GetEnumerator();
            var running = new HashSet<MergeSource>();
            int startedCount = 0;
            try
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    while (running.Count < options.MaxConcurrency && waiting.MoveNext())
                    {
                        IAsyncEnumerable<ChatDelta> next =
                            waiting.Current ?? throw new ArgumentException($"Source {startedCount} is null.", nameof(sources));
                        var added = new MergeSource(startedCount++, next, ready.Writer, stop.Token);
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
                    if (source.Failure is ChatStreamException failure && options.FailurePolicy == MergeFailurePolicy.DeliverFailure)
                        yield return new MergedDelta { SourceIndex = source.Index, Exception = failure };
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

        static async ValueTask DisposeAllAsync(IEnumerable<MergeSource> sources)
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
}
