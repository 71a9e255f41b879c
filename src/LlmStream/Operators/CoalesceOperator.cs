using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Joins deltas that arrive faster than a user interface can draw: after each delivery, all deltas that arrive within an interval
    /// are delivered as one.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="minInterval">The minimum time between two deliveries. 50 milliseconds suit a screen. Zero joins nothing.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> for the system clock.</param>
    /// <returns>Fewer deltas, with the same content.</returns>
    /// <remarks>
    /// The first delta is delivered at once, and so is one with a finish reason. Deltas that cannot be joined (those of several choices,
    /// or two that hold more than text, reasoning and tool calls) are delivered together, one after the other. No more than the deltas of
    /// one interval is held back; they are delivered at the end, and before a failure is thrown.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="minInterval"/> is negative, or longer than a timer can wait.
    /// </exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).Coalesce(TimeSpan.FromMilliseconds(50))) textBox.Append(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> Coalesce(
        this IAsyncEnumerable<ChatDelta> source, TimeSpan minInterval, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(minInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minInterval, TimeSpan.FromMilliseconds(int.MaxValue));
        return Iterate(source, minInterval, timeProvider ?? TimeProvider.System);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, TimeSpan minInterval, TimeProvider time,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            using var endOfWait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var reader = new LookaheadSource(source, cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                var held = new HeldDeltas();
                long? lastDelivery = null;
                Task? wait = null;
                while (true)
                {
                    reader.ThrowIfCanceled();
                    TimeSpan remaining = lastDelivery is { } timestamp ? minInterval - time.GetElapsedTime(timestamp) : TimeSpan.Zero;
                    if (!held.IsEmpty && (remaining <= TimeSpan.Zero || held.IsUrgent))
                    {
                        lastDelivery = time.GetTimestamp();
                        wait = null;
                        foreach (ChatDelta delta in held.TakeAll()) yield return reader.Deliver(delta);
                        continue;
                    }

                    if (!held.IsEmpty && !reader.WaitToReadAsync().IsCompleted)
                    {
                        wait ??= Task.Delay(remaining, time, endOfWait.Token);
                        await Task.WhenAny(reader.WaitToReadAsync(), wait).ConfigureAwait(false);
                        if (!reader.WaitToReadAsync().IsCompleted) continue;
                    }

                    if (!await reader.WaitToReadAsync().ConfigureAwait(false)) break;
                    held.Add(reader.Read());
                }

                await endOfWait.CancelAsync().ConfigureAwait(false);
                reader.ThrowIfCanceled();
                foreach (ChatDelta delta in held.TakeAll()) yield return delta;
                reader.ThrowIfFailed();
            }
        }
    }
}
