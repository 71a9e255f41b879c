using System.Runtime.CompilerServices;
using LlmStream.Operators.Stages;

namespace LlmStream;

public static partial class ChatStreamExtensions
{
    /// <summary>
    /// Measures how fast an answer arrives: the time to its first delta, and characters and tokens per second over a sliding
    /// window.
    /// </summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="window">The time over which speed is measured; <see langword="null"/> for 5 seconds.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> for the system clock.</param>
    /// <returns>The same deltas, each with the measurements at its arrival.</returns>
    /// <remarks>
    /// The consumer's own time is included: nothing is read while it is busy. All choices are measured together. Memory is proportional to
    /// the number of deltas in the window.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="window"/> is not positive.</exception>
    /// <example>
    /// <code>
    /// await foreach (TimedDelta timed in client.StreamAsync(prompt).WithTiming())
    /// {
    ///     status.Text = $"{timed.TokensPerSecond:0} tokens a second";
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<TimedDelta> WithTiming(
        this IAsyncEnumerable<ChatDelta> source, TimeSpan? window = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        TimeSpan span = window ?? TimeSpan.FromSeconds(5);
        if (span <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(window), window, "The window must be positive.");
        return Iterate(source, span, timeProvider ?? TimeProvider.System);

        static async IAsyncEnumerable<TimedDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, TimeSpan window, TimeProvider time,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            long started = time.GetTimestamp();
            var speed = new SpeedMeter(window);
            TimeSpan? first = null;
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested(); // a source that ignores the token
                TimeSpan elapsed = time.GetElapsedTime(started);
                if (delta.HasOutput) first ??= elapsed;
                speed.Add(elapsed, delta);
                yield return new TimedDelta
                {
                    Delta = delta,
                    Elapsed = elapsed,
                    TimeToFirstDelta = first,
                    CharactersPerSecond = speed.CharactersPerSecond,
                    TokensPerSecond = speed.TokensPerSecond,
                };
            }
        }
    }
}
