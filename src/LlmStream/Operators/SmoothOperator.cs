using System.Runtime.CompilerServices;
using LlmStream.Operators.Sources;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>How often something is shown.</summary>
    private static readonly TimeSpan SmoothTick = TimeSpan.FromMilliseconds(33);

    /// <summary>Text that comes in faster is shown faster: as fast as the backlog would be gone in this time.</summary>
    private static readonly TimeSpan SmoothLag = TimeSpan.FromSeconds(1);

    /// <summary>When the source has ended the rest is shown within this time.</summary>
    private static readonly TimeSpan SmoothDrain = TimeSpan.FromMilliseconds(500);

    private const int MaxSmoothBacklog = 8192;

    /// <summary>
    /// Shows text at an even pace, however it comes: providers and proxies send it in bursts, which a reader sees as
    /// stutter.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="charactersPerSecond">
    /// The pace, in columns as a terminal counts them: a Latin character is one, an ideograph or an emoji two. 80 is faster than one reads.
    /// </param>
    /// <param name="timeProvider">The clock; <see langword="null"/> for the system's.</param>
    /// <returns>More and smaller deltas, which say the same.</returns>
    /// <remarks>
    /// <para>About 30 times a second some text is delivered. The pace quickens as text waits, so that nothing waits for much longer than a second;
    /// when the source has ended, or failed, the rest is delivered within half a second, and then the failure is thrown.
    /// No character (grapheme) is divided that came in one delta. Reasoning counts, but a piece of it is not divided.</para>
    /// <para>The source is read while text waits, by its meaning; never by more than 8192 columns.</para>
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
            IAsyncEnumerable<ChatDelta> source, int charactersPerSecond, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var deltas = new PendingSource(source, cancellationToken);
            await using (deltas.ConfigureAwait(false))
            {
                var queue = new SmoothQueue();
                bool hasEnded = false;
                double drainPace = 0; // set once the source has ended
                long shown = time.GetTimestamp();
                while (true)
                {
                    if (queue.IsEmpty)
                    {
                        if (hasEnded) break;
                        await deltas.Next.ConfigureAwait(false);
                        // What comes after a silence is begun at once, not paid for by the silence.
                        shown = time.GetTimestamp() - (long)(SmoothTick.TotalSeconds * time.TimestampFrequency);
                    }

                    while (!hasEnded && queue.Backlog < MaxSmoothBacklog && deltas.Next.IsCompleted)
                    {
                        if (await deltas.Next.ConfigureAwait(false)) queue.Add(deltas.Take());
                        else hasEnded = true;
                    }

                    if (hasEnded && drainPace == 0) drainPace = Math.Max(charactersPerSecond, queue.Backlog / SmoothDrain.TotalSeconds);
                    double pace = Math.Max(Math.Max(charactersPerSecond, drainPace), queue.Backlog / SmoothLag.TotalSeconds);
                    TimeSpan passed = time.GetElapsedTime(shown);
                    shown = time.GetTimestamp();
                    queue.Allow(pace * Math.Min(passed.TotalSeconds, 4 * SmoothTick.TotalSeconds));
                    while (queue.TryTake(out ChatDelta? delta))
                    {
                        yield return delta;
                        cancellationToken.ThrowIfCancellationRequested();
                    }

                    if (!queue.IsEmpty) await Task.Delay(SmoothTick, time, cancellationToken).ConfigureAwait(false);
                }

                deltas.ThrowIfFailed();
            }
        }
    }
}
