namespace LlmStream;

/// <summary>The limits of timers, for time budgets and delays of any length.</summary>
internal static class Timers
{
    /// <summary>The longest time that <see cref="Timer"/> can wait, a little less than 50 days.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>
    /// The time to set a timer to: all of it, or the longest possible. When the timer fires, it has to be checked whether time is left.
    /// </summary>
    public static TimeSpan Step(TimeSpan time) => time > MaxDelay ? MaxDelay : time;
}
