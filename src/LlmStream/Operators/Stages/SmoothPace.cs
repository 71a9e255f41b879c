namespace LlmStream.Operators.Stages;

/// <summary>How fast text is delivered, so that it is steady and does not wait for long.</summary>
/// <remarks>
/// The text that was received up to a mark has a deadline. When it has been delivered, or more has been received than can be delivered in
/// time at the current pace, the mark is set anew, to all that has been received. So a burst is delivered at an even pace within
/// <see cref="MaxDelay"/>, even if more text trickles in, and nothing waits for longer than twice that.
/// </remarks>
/// <param name="min">The least pace, in columns per second.</param>
/// <param name="interval">The time between two deliveries.</param>
internal sealed class SmoothPace(double min, TimeSpan interval)
{
    /// <summary>Within this time a burst is delivered.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private long _mark; // in columns from the beginning of the answer
    private TimeSpan _deadline;

    /// <summary>The pace from now on, in columns per second.</summary>
    /// <param name="now">The time.</param>
    /// <param name="received">How many columns have been received.</param>
    /// <param name="backlog">How many of them have not been delivered.</param>
    public double Next(TimeSpan now, long received, long backlog)
    {
        long delivered = received - backlog;
        if (delivered >= _mark || backlog / MaxDelay.TotalSeconds > Required()) (_mark, _deadline) = (received, now + MaxDelay);
        return Math.Max(min, Required());

        double Required() => (_mark - delivered) / Math.Max((_deadline - now).TotalSeconds, interval.TotalSeconds);
    }
}
