using System.Runtime.CompilerServices;
using LlmStream.Operators.Text;

namespace LlmStream;

/// <summary>A delta, and how fast the answer has come so far. Immutable.</summary>
public sealed record TimedDelta
{
    /// <summary>The delta, as it came.</summary>
    public required ChatDelta Delta { get; init; }

    /// <summary>How long after the enumeration was begun it came.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>
    /// How long after the enumeration was begun the answer began: the first text, reasoning, refusal or tool call. <see langword="null"/> before
    /// it did.
    /// </summary>
    public TimeSpan? TimeToFirstDelta { get; init; }

    /// <summary>
    /// How many UTF-16 code units of text and reasoning came in a second, over the last part of the answer; <see langword="null"/> until some time has
    /// passed since its first.
    /// </summary>
    public double? CharactersPerSecond { get; init; }

    /// <summary>
    /// How many tokens came in a second, likewise, by the estimate that <see cref="ChatStreamExtensions.LimitTokens"/> describes: no provider counts
    /// them while it streams.
    /// </summary>
    public double? TokensPerSecond { get; init; }
}

public static partial class ChatStreamExtensions
{
    /// <summary>Measures how fast an answer comes: the time to its first delta, and characters and tokens a second over a sliding window.</summary>
    /// <param name="source">The deltas of one response.</param>
    /// <param name="window">Over how long speed is measured; <see langword="null"/> for 5 seconds.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> for the system's.</param>
    /// <returns>The same deltas, each with what was measured when it came.</returns>
    /// <remarks>
    /// The consumer's own time counts: nothing is read while it is busy. All choices are measured together. Memory is that of the deltas' times within
    /// the window.
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
        if (span <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(window), window, "The window is not positive.");
        return Iterate(source, span, timeProvider ?? TimeProvider.System);

        static async IAsyncEnumerable<TimedDelta> Iterate(
            IAsyncEnumerable<ChatDelta> source, TimeSpan window, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            long started = time.GetTimestamp();
            var speed = new Speed(window);
            TimeSpan? first = null;
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
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
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>
    /// How much has come at each time within the window, and at the one before it, to measure from. What came with the first
    /// delta itself took no time that is known, and does not count.
    /// </summary>
    private sealed class Speed(TimeSpan window)
    {
        private readonly Queue<Sample> _samples = new();
        private Sample? _base;
        private Sample? _last;

        private sealed record Sample(TimeSpan Time, long Characters, long TokenUnits);

        public double? CharactersPerSecond => Seconds is { } seconds ? (_last!.Characters - _base!.Characters) / seconds : null;

        public double? TokensPerSecond => Seconds is { } seconds
            ? (_last!.TokenUnits - _base!.TokenUnits) / (double)TokenEstimate.UnitsPerToken / seconds
            : null;

        private double? Seconds => _base is not null && _last!.Time > _base.Time ? (_last.Time - _base.Time).TotalSeconds : null;

        public void Add(TimeSpan now, ChatDelta delta)
        {
            int characters = delta.Text.Length + (delta.Reasoning?.Length ?? 0);
            long units = TokenEstimate.Units(delta.Text) + TokenEstimate.Units(delta.Reasoning);
            if (_base is null && characters == 0) return;
            _last = new Sample(now, (_last?.Characters ?? 0) + characters, (_last?.TokenUnits ?? 0) + units);
            _base ??= _last;
            _samples.Enqueue(_last);
            while (_samples.TryPeek(out Sample? oldest) && oldest.Time <= now - window) _base = _samples.Dequeue();
        }
    }
}
