using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>The time between two deliveries of text.</summary>
    private static readonly TimeSpan SmoothInterval = TimeSpan.FromMilliseconds(33);

    /// <summary>After the source has ended, the rest is delivered within this time.</summary>
    private static readonly TimeSpan SmoothDrainTime = TimeSpan.FromMilliseconds(500);

    private const int SmoothMaxBacklog = 8192;

    /// <summary>
    /// Delivers text at a steady pace, however it arrives: providers and proxies send it in bursts, which look like stutter.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="charactersPerSecond">
    /// The pace, in columns as a terminal counts them: a Latin character is one, an ideograph or an emoji two. 80 is faster than one
    /// reads.
    /// </param>
    /// <param name="timeProvider">The clock; <see langword="null"/> for the system clock.</param>
    /// <returns>More and smaller deltas, with the same content.</returns>
    /// <remarks>
    /// <para>Text is delivered about 30 times a second. The pace increases with the backlog, so that a burst is delivered within a second,
    /// and nothing waits for longer than two. When the source has ended, or failed, the rest is delivered within half a
    /// second, and then the failure is thrown. A grapheme (user-perceived character) that arrived in one delta is not divided. Reasoning
    /// counts, but one delta's reasoning is not divided.</para>
    /// <para>The source is read ahead while text waits, up to a backlog of 8192 columns.</para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="charactersPerSecond"/> is not positive.</exception>
    /// <example>
    /// <code>
    /// await foreach (ChatDelta delta in client.StreamAsync(prompt).Smooth(80)) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> Smooth(
        this IAsyncEnumerable<ChatDelta> source, int charactersPerSecond, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(charactersPerSecond);
        return Iterate(source, charactersPerSecond, timeProvider ?? TimeProvider.System);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, int charactersPerSecond, TimeProvider time,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var reader = new LookaheadSource(source, cancellationToken);
            await using (reader.ConfigureAwait(false))
            {
                reader.ThrowIfCanceled();
                var queue = new SmoothQueue();
                var pace = new SmoothPace(charactersPerSecond, SmoothInterval);
                long received = 0;
                bool hasEnded = false;
                double drainPace = 0; // set when the source has ended
                long start = time.GetTimestamp();
                long lastDelivery = start;
                while (true)
                {
                    if (queue.IsEmpty)
                    {
                        if (hasEnded) break;
                        await reader.WaitToReadAsync().ConfigureAwait(false);
                        reader.ThrowIfCanceled();
                        // Text after a silence is delivered at once, but does not get credit for the silence.
                        lastDelivery = time.GetTimestamp() - (long)(SmoothInterval.TotalSeconds * time.TimestampFrequency);
                    }

                    while (!hasEnded && queue.Backlog < SmoothMaxBacklog && reader.WaitToReadAsync().IsCompleted)
                    {
                        long before = queue.Backlog;
                        if (await reader.WaitToReadAsync().ConfigureAwait(false)) queue.Enqueue(reader.Read());
                        else hasEnded = true;
                        received += queue.Backlog - before;
                    }

                    reader.ThrowIfCanceled();

                    if (hasEnded && drainPace == 0)
                        drainPace = Math.Max(charactersPerSecond, queue.Backlog / SmoothDrainTime.TotalSeconds);
                    double current = Math.Max(pace.Next(time.GetElapsedTime(start), received, queue.Backlog), drainPace);
                    TimeSpan elapsed = time.GetElapsedTime(lastDelivery);
                    lastDelivery = time.GetTimestamp();
                    queue.AddCredit(current * Math.Min(elapsed.TotalSeconds, 4 * SmoothInterval.TotalSeconds));
                    while (queue.TryDequeue(out ChatDelta? delta))
                    {
                        yield return reader.Deliver(delta);
                        reader.ThrowIfCanceled();
                    }

                    if (queue.IsEmpty) continue;
                    Task delay = Task.Delay(SmoothInterval, time, cancellationToken);
                    await delay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    reader.ThrowIfCanceled();
                }

                reader.ThrowIfFailed();
            }
        }
    }
}
