using LlmStream.Cli.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Tests.Answers;

public class AnswerTimingTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Time_to_the_first_delta_includes_reasoning_but_not_empty_deltas()
    {
        var timing = new AnswerTiming(_clock);
        Add(timing, 1, new ChatDelta { Role = ChatRole.Assistant });
        Assert.Null(timing.TimeToFirstDelta);
        Add(timing, 2, new ChatDelta { Reasoning = "Hm" });
        Add(timing, 3, new ChatDelta { Text = "Hi" });

        Assert.Equal(TimeSpan.FromSeconds(3), timing.TimeToFirstDelta);
    }

    [Fact]
    public void Rate_excludes_the_time_to_the_first_token_of_each_attempt()
    {
        var timing = new AnswerTiming(_clock);
        Add(timing, 5, Delta(1));
        Add(timing, 1, Delta(1)); // 1 s
        Add(timing, 5, Delta(2));
        Add(timing, 3, Delta(2)); // 3 s

        Assert.Equal(4.5, timing.GetTokensPerSecond([Attempt(1, 7), Attempt(2, 13)])); // (6 + 12) / (1 + 3)
        Assert.Equal(4.0, timing.GetTokensPerSecond([Attempt(1, null), Attempt(2, 13)])); // 12 / 3
    }

    [Fact]
    public void Rate_is_unknown_without_usage_or_duration()
    {
        var timing = new AnswerTiming(_clock);
        Add(timing, 1, Delta(1));
        Assert.Null(timing.GetTokensPerSecond([Attempt(1, 7)]));
        Add(timing, 1, Delta(1));
        Assert.Null(timing.GetTokensPerSecond([Attempt(1, 1)]));
        Assert.Null(timing.GetTokensPerSecond([]));
    }

    private static ChatDelta Delta(int attempt) => new() { Text = "x", Stream = new ChatStreamInfo { Attempt = attempt } };

    private static ChatAttempt Attempt(int number, int? tokens) => new()
    {
        Number = number,
        Usage = tokens is null ? null : new UsageDetails { OutputTokenCount = tokens },
    };

    private void Add(AnswerTiming timing, int secondsLater, ChatDelta delta)
    {
        _clock.Now += TimeSpan.FromSeconds(secondsLater);
        timing.Add(delta);
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
