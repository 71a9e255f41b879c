using LlmStream.Resilience;

namespace LlmStream.Cli.Chat;

/// <summary>When the pieces of an answer came.</summary>
internal sealed class AnswerTiming(TimeProvider time)
{
    private readonly long _asked = time.GetTimestamp();
    private readonly List<Span> _attempts = [];

    /// <summary>From the sending of the request to the first piece of the answer, its reasoning included; null where none came.</summary>
    public TimeSpan? ToFirst => _attempts is [var first, ..] ? time.GetElapsedTime(_asked, first.First) : null;

    public void Add(ChatDelta delta)
    {
        if (delta is { Text: "", Reasoning: null, Refusal: null, ToolCalls.Count: 0 }) return;
        long now = time.GetTimestamp();
        if (_attempts is [.., var last] && last.Number == delta.Stream.Attempt) last.Last = now;
        else _attempts.Add(new Span(delta.Stream.Attempt, now));
    }

    /// <summary>
    /// How fast the tokens came once they came, over the attempts whose tokens the provider counted; null where nothing can be said.
    /// The first token of an attempt begins its time, and so is not counted.
    /// </summary>
    public double? TokensPerSecond(IReadOnlyList<ChatAttempt> attempts)
    {
        long tokens = 0;
        TimeSpan duration = TimeSpan.Zero;
        foreach (Span span in _attempts)
        {
            long count = attempts.FirstOrDefault(attempt => attempt.Number == span.Number)?.Usage?.OutputTokenCount ?? 0;
            if (count <= 1) continue;
            tokens += count - 1;
            duration += time.GetElapsedTime(span.First, span.Last);
        }

        return duration > TimeSpan.Zero ? tokens / duration.TotalSeconds : null;
    }

    private sealed class Span(int number, long first)
    {
        public int Number { get; } = number;

        public long First { get; } = first;

        public long Last { get; set; } = first;
    }
}
