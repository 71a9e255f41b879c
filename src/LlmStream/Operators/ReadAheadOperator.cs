using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LlmStream.Chat;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Keeps reading the source while the consumer is busy, up to a number of deltas ahead; then the source has to wait.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="capacity">How many deltas may have been read but not consumed. At least 1.</param>
    /// <returns>The same deltas.</returns>
    /// <remarks>
    /// For a consumer that is sometimes slow (it writes to a database, or calls another service), so that the connection does not
    /// stall meanwhile. The source is read on another thread, from when the first delta is requested. A failure of the source is thrown
    /// after the deltas that came before it. Cancellation is thrown at once. Leaving the loop stops the source and waits until it has
    /// stopped.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is not positive.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).ReadAhead(256)) await SaveAsync(delta);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> ReadAhead(this IAsyncEnumerable<ChatDelta> source, int capacity)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return Iterate(source, capacity);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, int capacity, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var delivered = new AnswerCollector();
            if (cancellationToken.IsCancellationRequested) throw Canceled(delivered, cancellationToken);
            var channelOptions = new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true };
            Channel<ChatDelta> channel = Channel.CreateBounded<ChatDelta>(channelOptions);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task producer = Task.Run(() => ProduceAsync(source, channel.Writer, stop.Token), CancellationToken.None);
            try
            {
                while (true)
                {
                    Task<bool> wait = channel.Reader.WaitToReadAsync(cancellationToken).AsTask();
                    await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (cancellationToken.IsCancellationRequested) throw Canceled(delivered, cancellationToken);
                    if (!await wait.ConfigureAwait(false)) break;
                    while (channel.Reader.TryRead(out ChatDelta? delta))
                    {
                        delivered.Add(delta);
                        yield return delta;
                        if (cancellationToken.IsCancellationRequested) throw Canceled(delivered, cancellationToken);
                    }
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await producer.ConfigureAwait(false); // does not throw: failures pass through the channel
            }
        }

        static ChatStreamCanceledException Canceled(AnswerCollector delivered, CancellationToken cancellationToken) =>
            new(delivered.ToResult(isComplete: false), cancellationToken);

        static async Task ProduceAsync(
            IAsyncEnumerable<ChatDelta> source, ChannelWriter<ChatDelta> writer, CancellationToken cancellationToken)
        {
            Exception? failure = null;
            try
            {
                IAsyncEnumerator<ChatDelta> deltas = source.GetAsyncEnumerator(cancellationToken);
                await using (deltas.ConfigureAwait(false))
                {
                    // Wait for room before a delta is read, so that none is held in addition to those in the buffer.
                    while (await writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false)
                        && await deltas.MoveNextAsync().ConfigureAwait(false))
                    {
                        writer.TryWrite(deltas.Current);
                    }
                }
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            writer.TryComplete(failure);
        }
    }
}
