using System.Diagnostics;

namespace LlmStream.Cli.Answers;

/// <summary>Measures when the deltas of an answer arrive. The clock starts when the object is created.</summary>
internal sealed class AnswerTiming(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly List<AttemptTiming> _attempts = [];

    /// <summary>The time to the first delta with content, reasoning included; null if there was none.</summary>
    public TimeSpan? TimeToFirstDelta => _attempts is [var first, ..] ? time.GetElapsedTime(_start, first.First) : null;

    public void Add(ChatDelta delta)
    {
        if (delta is { Text: "", Reasoning: "", Refusal: "", ToolCalls.Count: 0 }) return;
        long now = time.GetTimestamp();
        if (_attempts is [.., var last] && last.Number == delta.Stream.Attempt)
        {
            last.Last = now;
            return;
        }

        Debug.Assert(_attempts is not [.., var previous] || previous.Number < delta.Stream.Attempt, "Attempts follow one another.");
        _attempts.Add(new AttemptTiming(delta.Stream.Attempt, now));
    }

    /// <summary>
    /// Tokens per second from the first delta of each attempt to its last, over the attempts whose usage the provider reported; null if
    /// it cannot be determined. The first token of an attempt does not count, since its time is not included.
    /// </summary>
    public double? GetTokensPerSecond(IReadOnlyList<ChatAttempt> attempts)
    {
        long tokens = 0;
        TimeSpan duration = TimeSpan.Zero;
        foreach (AttemptTiming timing in _attempts)
        {
            long count = attempts.FirstOrDefault(attempt => attempt.Number == timing.Number)?.Usage?.OutputTokenCount ?? 0;
            if (count <= 1) continue;
            tokens += count - 1;
            duration += time.GetElapsedTime(timing.First, timing.Last);
        }

        return duration > TimeSpan.Zero ? tokens / duration.TotalSeconds : null;
    }

    private sealed class AttemptTiming(int number, long first)
    {
        public int Number { get; } = number;

        public long First { get; } = first;

        public long Last { get; set; } = first;
    }
}
