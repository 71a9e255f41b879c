using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Joins deltas that come faster than a user interface can draw: after each one that is delivered, those that come within an interval
    /// are delivered as one.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="minInterval">The least time between two deliveries. 50 milliseconds suit a screen. Zero joins nothing.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> for the system's.</param>
    /// <returns>Fewer deltas, which say the same.</returns>
    /// <remarks>
    /// The first delta is delivered at once, and so is one with a finish reason. Where deltas cannot be one (those of several choices, or two that
    /// bring more than text, reasoning and tool calls), they are delivered together, one after the other. What is held back is no more than came
    /// in one interval; it is delivered at the end, and before a failure is thrown.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minInterval"/> is negative, or longer than a timer can wait.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).Throttle(TimeSpan.FromMilliseconds(50))) textBox.Append(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> Throttle(
        this IAsyncEnumerable<ChatDelta> source, TimeSpan minInterval, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(minInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minInterval, TimeSpan.FromMilliseconds(int.MaxValue));
        return Iterate(source, minInterval, timeProvider ?? TimeProvider.System);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, TimeSpan minInterval, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var endOfWait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var deltas = new PendingSource(source, cancellationToken);
            await using (deltas.ConfigureAwait(false))
            {
                var held = new HeldDeltas();
                long? delivered = null;
                Task? wait = null;
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    TimeSpan left = delivered is { } then ? minInterval - time.GetElapsedTime(then) : TimeSpan.Zero;
                    if (!held.IsEmpty && (left <= TimeSpan.Zero || held.IsUrgent))
                    {
                        delivered = time.GetTimestamp();
                        wait = null;
                        foreach (ChatDelta delta in held.TakeAll()) yield return delta;
                        continue;
                    }

                    if (!held.IsEmpty && !deltas.Next.IsCompleted)
                    {
                        wait ??= Task.Delay(left, time, endOfWait.Token);
                        await Task.WhenAny(deltas.Next, wait).ConfigureAwait(false);
                        if (!deltas.Next.IsCompleted) continue;
                    }

                    if (!await deltas.Next.ConfigureAwait(false)) break;
                    held.Add(deltas.Take());
                }

                await endOfWait.CancelAsync().ConfigureAwait(false);
                foreach (ChatDelta delta in held.TakeAll()) yield return delta;
                deltas.ThrowIfFailed();
            }
        }
    }

    /// <summary>The deltas of all choices that wait for the end of the interval.</summary>
    private sealed class HeldDeltas
    {
        private readonly List<(int Choice, DeltaBatch Batch)> _batches = [];

        public bool IsEmpty => _batches.Count == 0;

        /// <summary>Whether one of them ends its choice.</summary>
        public bool IsUrgent { get; private set; }

        public void Add(ChatDelta delta)
        {
            IsUrgent |= delta.FinishReason is not null;
            int last = _batches.FindLastIndex(held => held.Choice == delta.ChoiceIndex);
            if (last >= 0 && _batches[last].Batch.TryAdd(delta)) return;
            var batch = new DeltaBatch();
            batch.TryAdd(delta);
            _batches.Add((delta.ChoiceIndex, batch));
        }

        public ChatDelta[] TakeAll()
        {
            ChatDelta[] all = [.. _batches.Select(held => held.Batch.ToDelta())];
            _batches.Clear();
            IsUrgent = false;
            return all;
        }
    }
}
