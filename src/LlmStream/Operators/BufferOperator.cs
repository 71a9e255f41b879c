using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Reads the source on while the consumer is busy, up to so many deltas ahead; then the source waits.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="capacity">How many deltas may be read and not yet taken. At least 1.</param>
    /// <returns>The same deltas.</returns>
    /// <remarks>
    /// For a consumer that is slow now and then (one that writes to a database, or calls another service), so that the connection does not
    /// stand still meanwhile. The source is read on another thread, from when the first delta is asked for. A failure of the source is thrown
    /// where it happened: after the deltas before it. Cancellation is thrown at once, and leaving the loop stops the source and waits until it has stopped.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> is not positive.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).Buffer(256)) await SaveAsync(delta);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> Buffer(this IAsyncEnumerable<ChatDelta> source, int capacity)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return Iterate(source, capacity);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, int capacity, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Channel<ChatDelta> channel = Channel.CreateBounded<ChatDelta>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task producer = Task.Run(() => ProduceAsync(source, channel.Writer, stop.Token), CancellationToken.None);
            try
            {
                while (await channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    while (channel.Reader.TryRead(out ChatDelta? delta))
                    {
                        yield return delta;
                        cancellationToken.ThrowIfCancellationRequested();
                    }
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await producer.ConfigureAwait(false); // it never fails: what it meets is passed through the channel
            }
        }

        static async Task ProduceAsync(IAsyncEnumerable<ChatDelta> source, ChannelWriter<ChatDelta> writer, CancellationToken cancellationToken)
        {
            Exception? failure = null;
            try
            {
                IAsyncEnumerator<ChatDelta> deltas = source.GetAsyncEnumerator(cancellationToken);
                await using (deltas.ConfigureAwait(false))
                {
                    // There is room before a delta is read: none is held besides those in the buffer.
                    while (await writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false) && await deltas.MoveNextAsync().ConfigureAwait(false))
                        writer.TryWrite(deltas.Current);
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
