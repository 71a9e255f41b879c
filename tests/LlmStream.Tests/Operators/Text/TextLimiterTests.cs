using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class TextLimiterTests
{
    [Fact]
    public void Far_from_the_limit_text_passes_at_once()
    {
        var limiter = new TextLimiter(new CharacterBudget(1000));
        const string text = "Hello";
        Assert.Same(text, limiter.Add(text, 0, out bool isOver));
        Assert.False(isOver);
        Assert.Equal(5, limiter.DeliveredEnd);
        Assert.Equal("", limiter.Release());
    }

    [Fact]
    public void Near_the_limit_the_last_grapheme_waits_for_the_next()
    {
        var limiter = new TextLimiter(new CharacterBudget(5));
        Assert.Equal("caf", limiter.Add("cafe", 0, out _));
        Assert.Equal(3, limiter.DeliveredEnd);
        Assert.Equal("", limiter.Add("\u0301", 4, out bool isOver)); // grows to é
        Assert.False(isOver);
        Assert.Equal("e\u0301", limiter.Release());
        Assert.Equal(5, limiter.DeliveredEnd);
    }

    [Theory]
    [InlineData(4, "caf")]
    [InlineData(5, "cafe\u0301")]
    [InlineData(0, "")]
    public void Text_is_cut_before_the_grapheme_that_does_not_fit(int max, string expected)
    {
        var limiter = new TextLimiter(new CharacterBudget(max));
        Assert.Equal(expected, limiter.Add("cafe\u0301s", 0, out bool isOver));
        Assert.True(isOver);
        Assert.Equal("", limiter.Release());
        Assert.Equal(expected.Length, limiter.DeliveredEnd);
    }

    [Fact]
    public void A_held_grapheme_that_grows_over_the_limit_is_cut()
    {
        var limiter = new TextLimiter(new CharacterBudget(4));
        Assert.Equal("caf", limiter.Add("cafe", 0, out _));
        Assert.Equal("", limiter.Add("\u0301", 4, out bool isOver));
        Assert.True(isOver);
        Assert.Equal(3, limiter.DeliveredEnd);
    }

    [Theory]
    [InlineData(4, 3, "ed!")] // no move: the held grapheme is delivered first
    [InlineData(3, 3, "d!")] // the held grapheme is replaced
    [InlineData(2, 2, "d!")] // delivered text is replaced
    [InlineData(9, 9, "d!")] // after a gap
    public void Continues_at_another_offset(int offset, int expectedStart, string expected)
    {
        var limiter = new TextLimiter(new CharacterBudget(60));
        limiter.Add("cafe", 0, out _);
        limiter.MoveTo(offset);
        Assert.Equal(expectedStart, limiter.DeliveredEnd);
        Assert.Equal(expected, limiter.Add("d!", offset, out bool isOver) + limiter.Release());
        Assert.False(isOver);
        Assert.Equal(offset + 2, limiter.DeliveredEnd);
    }

    [Fact]
    public void An_unbounded_cluster_is_held_back_only_up_to_the_maximum_length()
    {
        // The marks cost nothing, so that the limit stays near.
        var limiter = new TextLimiter(new TokenBudget(10, text => text.Count(char.IsAsciiLetter), () => true));
        int delivered = limiter.Add("a", 0, out _).Length;
        for (int i = 1; i < 500; i++)
        {
            delivered += limiter.Add("\u0301", i, out _).Length;
            Assert.InRange(i + 1 - delivered, 0, Graphemes.MaxLength);
        }

        Assert.InRange(delivered, 500 - Graphemes.MaxLength, 500);
    }
}
