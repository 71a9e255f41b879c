using LlmStream.Operators.Stages;

namespace LlmStream.Tests.Operators.Stages;

public class SpeedMeterTests
{
    private readonly SpeedMeter _meter = new(TimeSpan.FromSeconds(5));

    [Fact]
    public void Speed_is_unknown_until_time_has_passed()
    {
        Add(1, "abc");
        Assert.Null(_meter.CharactersPerSecond);
        Add(1, "def");
        Assert.Null(_meter.CharactersPerSecond);
        Add(2, "ghi");
        Assert.Equal(3 + 3, _meter.CharactersPerSecond);
    }

    [Fact]
    public void The_first_delta_does_not_count()
    {
        Add(0, "");
        Add(10, "0123456789");
        Add(12, "一二");
        Assert.Equal((1.0, 0.6), (_meter.CharactersPerSecond, _meter.TokensPerSecond));
    }

    [Fact]
    public void Only_the_window_counts()
    {
        for (int second = 0; second <= 10; second++) Add(second, new string('x', 100));
        for (int second = 11; second <= 15; second++) Add(second, "x");
        Assert.Equal(1, _meter.CharactersPerSecond);
    }

    private void Add(double seconds, string text) => _meter.Add(TimeSpan.FromSeconds(seconds), new ChatDelta { Text = text });
}
